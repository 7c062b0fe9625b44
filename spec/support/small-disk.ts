/** Disks of a spec's own that run full, and directories that turn read-only; in a test node only. */
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync } from "node:fs";
import { segmentsIn } from "../../src/drivers/flight/segments.ts";
import type { TestDaemon } from "./daemon.ts";

const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, args, { stdio: "pipe" });

export interface Limits {
  readonly bytes?: number;
  readonly inodes?: number;
}

const options = ({ bytes, inodes }: Limits): string =>
  [bytes === undefined ? "" : `size=${bytes}`, inodes === undefined ? "" : `nr_inodes=${inodes}`]
    .filter(Boolean)
    .join(",");

/** A tmpfs, whose size can be changed under whoever uses it. */
export interface SmallDisk {
  /** Nothing more fits from now on. */
  fill(what: "bytes" | "inodes"): void;
  resize(limits: Limits): void;
}

const diskAt = (directory: string): SmallDisk => {
  const resize = (limits: Limits): void => run("mount", "-o", `remount,${options(limits)}`, directory);
  return {
    resize,
    fill(what) {
      const { blocks, bfree, bsize, files, ffree } = statfsSync(directory);
      resize(what === "bytes" ? { bytes: (blocks - bfree) * bsize } : { inodes: files - ffree });
    },
  };
};

/** The disk that is at `directory` already: a tmpfs of the test node. It has its size again when `work` has ended. */
const withFullDisk = async (directory: string, work: () => Promise<void>): Promise<void> => {
  const { blocks, bsize } = statfsSync(directory);
  const disk = diskAt(directory);
  disk.fill("bytes");
  try {
    await work();
  } finally {
    disk.resize({ bytes: blocks * bsize });
  }
};

/** /run is full, of which the bed at `place` has a part. */
export const withFullRun = (place: string, work: () => Promise<void>): Promise<void> => {
  // What was recorded before would make room: the recorder gives it up for what happens now.
  for (const { path } of segmentsIn(`${place}/run/flight`).slice(0, -1)) rmSync(path);
  return withFullDisk("/run", work);
};

/** Lives of the daemon over another, empty disk at `directory`: one that ends with `work`, and one on its old disk again. */
export const withSmallDisk = async (
  daemon: TestDaemon,
  directory: string,
  limits: Limits,
  work: (disk: SmallDisk) => Promise<void>,
): Promise<void> => {
  await daemon.kill();
  run("mount", "-t", "tmpfs", "-o", options(limits), "small-disk", directory);
  try {
    await daemon.start();
    await work(diskAt(directory));
  } finally {
    await daemon.kill();
    run("umount", directory);
    await daemon.start();
  }
};

/** `directory`, by its path, refuses every write until `work` has ended; what was opened before is not affected. */
export const withReadOnly = async (directory: string, work: () => Promise<void>): Promise<void> => {
  run("mount", "--rbind", directory, directory);
  run("mount", "-o", "remount,bind,ro", directory);
  try {
    await work();
  } finally {
    run("umount", "-l", directory);
  }
};
