/**
 * A unix socket that appears at its path with its final mode, and takes the place of a dead daemon's.
 *
 * Bound in a private directory, then chmod, then rename: whoever finds the path can connect, and nobody could before
 * the mode was right. That only one daemon does so at a time is the business of its lock file.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failed, Invalid } from "../errors.ts";

export interface BoundSocket {
  /** Removes the path, unless another socket has taken its place. */
  unlink(): void;
}

// sun_path has 108 bytes with the final NUL; a longer path would be cut without a word.
const maxSocketPath = 107;

/** `bind` listens at the path it is given. Rejects with Invalid for a path too long, and with Failed. */
export const socketAt = async (
  path: string,
  mode: number,
  bind: (path: string) => Promise<unknown>,
): Promise<BoundSocket> => {
  const folder = join(dirname(path), `.${basename(path)}.bind`);
  const bound = join(folder, "s");
  const excess = Buffer.byteLength(bound) - maxSocketPath;
  if (excess > 0) throw new Invalid(`the socket path "${path}" is too long by ${excess} bytes`);
  try {
    // What a daemon that died right here has left.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    await bind(bound).catch((error: unknown) => {
      throw new Failed(`cannot listen at "${path}": ${error instanceof Error ? error.message : String(error)}`, error);
    });
    chmodSync(bound, mode);
    const { ino } = statSync(bound);
    renameSync(bound, path);
    return { unlink: () => unlinkIf(path, ino) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const unlinkIf = (path: string, ino: number): void => {
  if (statSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
};
