/** A disk for one block of one system: an ext4 made for it, on a file in memory, so that nobody's leftovers slow anyone down. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";

const DISK_BYTES = 4 * 2 ** 30;

const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, args, { stdio: "pipe" });

export interface LoopDisk {
  /** Waits until everything is on it: what one pull left dirty is not to be written during the next one. */
  sync(): void;
  end(): void;
}

/** Mounted at `directory`, which is made. Its tables are written out at once, not by the kernel in the background. */
export const loopDisk = (directory: string): LoopDisk => {
  const file = `${directory}.ext4`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, "");
  truncateSync(file, DISK_BYTES);
  run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", file);
  run("mount", "-o", "loop", file, directory);
  return {
    sync: () => run("sync", "--file-system", directory),
    end: () => {
      run("umount", directory);
      rmSync(file);
    },
  };
};
