/**
 * A disk that can lose its power: ext4 on a loop device over a file in memory. What was synced is in the file; what was not is
 * only in the page cache. A copy of the file, taken while all of it is mounted, is the disk as a power cut leaves it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const BYTES = 96 << 20;
/** In seconds: the filesystem's journal is not to be synced but by who asks for it. */
const COMMIT = 600;

const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, args, { stdio: "pipe" });

export interface Disk {
  /** To be called with nobody at work on it, before it is unmounted. */
  cut(): void;
  /** As it was cut. */
  mount(): void;
  /** For good; whoever is on it has to have ended. */
  remove(): void;
}

/** Mounted at `directory`, and empty. `place` is a folder of its own, in memory. */
export const makeDisk = (place: string, directory: string): Disk => {
  let number = 0;
  const file = (): string => join(place, `disk-${number}`);
  const mount = (): void => run("mount", "-o", `loop,commit=${COMMIT}`, file(), directory);
  mkdirSync(place, { recursive: true });
  mkdirSync(directory, { recursive: true });
  run("truncate", "-s", String(BYTES), file());
  run("mkfs.ext4", "-q", "-F", file());
  mount();
  rmdirSync(join(directory, "lost+found"));
  run("sync", "-f", directory);
  return {
    mount,
    cut: () => {
      const before = file();
      number++;
      run("cp", "--sparse=always", before, file());
      rmSync(before); // its blocks go with the mount
    },
    remove: () => {
      run("umount", directory);
      rmSync(place, { recursive: true });
    },
  };
};
