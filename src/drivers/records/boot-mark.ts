/** `DIR/boot`: of which boot the records beside it are. A memory filesystem is emptied by a reboot, a directory on a disk is not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failedBy } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { replaceFile } from "../linux/replace-file.ts";
import { seal, unseal, type Format } from "./envelope.ts";

const steps: Format["steps"] = [(content) => content]; // there was no mark in the time before sums

export interface BootMark {
  /** Absent: there is none. Throws for one that cannot be read. */
  read(): string | undefined;
  /** Throws Failed, or Exhausted for a full disk. */
  write(boot: string): void;
}

export const bootMark = ({ dir, program }: { readonly dir: string; readonly program: string }): BootMark => {
  const file = join(dir, "boot");
  return {
    read() {
      try {
        const { boot } = unseal(readFileSync(file), { program, steps });
        if (typeof boot !== "string") throw new Error("it names no boot");
        return boot;
      } catch (error) {
        if (isErrno(error, "ENOENT")) return undefined;
        throw failedBy(`the mark ${file} cannot be read`, error);
      }
    },
    write(boot) {
      try {
        replaceFile(file, seal({ boot }, { program, steps }));
      } catch (error) {
        throw failedBy(`the mark ${file} cannot be written`, error);
      }
    },
  };
};
