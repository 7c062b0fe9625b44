/** A disk that can be frozen, as fsfreeze(8) does it for a snapshot: whoever writes sleeps until it is thawed. In a test node only. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";

const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, args, { stdio: "pipe" });
/** A memory file system is put over it: no spec writes to the machine's own disk, and no census looks in here. */
const place = "/srv";
const DISK_BYTES = 32 * 1024 * 1024;

export interface FreezableDisk {
  readonly path: string;
  /** It is frozen while `work` goes on. */
  frozen(work: () => Promise<void>): Promise<void>;
  end(): void;
}

/** An ext4 on a loop device. To be made before a test bed, so that its census takes it for part of the node. */
export const freezableDisk = (): FreezableDisk => {
  run("mount", "-t", "tmpfs", "freezable", place);
  const [file, path] = [`${place}/disk`, `${place}/mounted`];
  writeFileSync(file, "");
  truncateSync(file, DISK_BYTES);
  mkdirSync(path);
  run("mkfs.ext4", "-q", file);
  run("mount", "-o", "loop", file, path);
  return {
    path,
    frozen: async (work) => {
      // Should this process die, its end closes the pipe: nobody could thaw what the node's last process has left frozen.
      const keeper = spawn("sh", ["-c", 'fsfreeze -f "$0" && echo; read -r _; exec fsfreeze -u "$0"', path], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const ended = once(keeper, "exit");
      await once(keeper.stdout, "data");
      try {
        await work();
      } finally {
        keeper.stdin.end();
        await ended;
      }
    },
    end: () => {
      run("umount", path);
      run("umount", place);
    },
  };
};
