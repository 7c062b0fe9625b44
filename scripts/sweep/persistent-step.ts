/** Which system calls change what is in a store, and of which file: what a sweep counts as one step. */
import { readlinkSync, openSync, readSync, closeSync } from "node:fs";
import { resolve } from "node:path";

const AT_FDCWD = 0xffffff9c;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const PAGE = 4096;

/** `names`: at which arguments its path stands; `at`: a directory's descriptor and a path; `fd`: a file's descriptor. */
type Operand = { readonly name: number } | { readonly at: number } | { readonly fd: number };
interface Call {
  readonly call: string;
  readonly operand: Operand;
  /** Where its flags stand, of a call that changes something only with O_CREAT or O_TRUNC. */
  readonly flags?: number;
}

const calls = (numbers: Readonly<Record<string, number>>): ReadonlyMap<number, Call> =>
  new Map(
    Object.entries(numbers).map(([call, number]): [number, Call] => {
      if (call === "open") return [number, { call, operand: { name: 0 }, flags: 1 }];
      if (call === "openat") return [number, { call, operand: { at: 0 }, flags: 2 }];
      // Of a rename the new name is the one that says what is done.
      if (call === "rename" || call === "symlink" || call === "link") return [number, { call, operand: { name: 1 } }];
      if (call === "renameat" || call === "renameat2" || call === "linkat")
        return [number, { call, operand: { at: 2 } }];
      if (call === "symlinkat") return [number, { call, operand: { at: 1 } }];
      if (call.endsWith("at")) return [number, { call, operand: { at: 0 } }];
      if (/^(unlink|rmdir|mkdir|mknod)$/.test(call)) return [number, { call, operand: { name: 0 } }];
      return [number, { call, operand: { fd: 0 } }];
    }),
  );

/** By the numbers that they have on this machine. */
const known: ReadonlyMap<number, Call> =
  process.arch === "x64"
    ? calls({
        ...{ write: 1, open: 2, pwrite64: 18, writev: 20, fsync: 74, fdatasync: 75, ftruncate: 77, rename: 82 },
        ...{ mkdir: 83, rmdir: 84, link: 86, unlink: 87, symlink: 88, mknod: 133, openat: 257, mkdirat: 258 },
        ...{ mknodat: 259, unlinkat: 263, renameat: 264, linkat: 265, symlinkat: 266, pwritev: 296, syncfs: 306 },
        ...{ renameat2: 316 },
      })
    : calls({
        ...{ mknodat: 33, mkdirat: 34, unlinkat: 35, symlinkat: 36, linkat: 37, renameat: 38, ftruncate: 46 },
        ...{ openat: 56, write: 64, writev: 66, pwrite64: 68, pwritev: 70, fsync: 82, fdatasync: 83, syncfs: 267 },
        ...{ renameat2: 276 },
      });

export interface Step {
  readonly call: string;
  readonly path: string;
}

/** Reads system calls of process `pid`: absent for one that changes nothing below `folders`. */
export const stepReader = (pid: number, folders: readonly string[]) => {
  const text = (address: number): string => {
    const memory = openSync(`/proc/${pid}/mem`, "r"); // anew: an execve gives it another one
    try {
      const bytes = Buffer.alloc(PAGE);
      const count = readSync(memory, bytes, 0, PAGE - (address % PAGE), address); // what is behind it may not be there
      const end = bytes.indexOf(0);
      if (end >= 0 && end < count) return bytes.toString("utf8", 0, end);
      const more = readSync(memory, bytes, count, PAGE - count, address + count);
      return bytes.toString("utf8", 0, Math.min(bytes.indexOf(0), count + more));
    } finally {
      closeSync(memory);
    }
  };
  const fileOf = (fd: number): string => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ""; // no such file: the call will fail
    }
  };
  const pathOf = (operand: Operand, args: readonly number[]): string => {
    if ("fd" in operand) return fileOf(args[operand.fd] ?? -1);
    if ("name" in operand) return text(args[operand.name] ?? 0);
    const [directory = 0, name = 0] = args.slice(operand.at);
    const path = text(name);
    if (path.startsWith("/") || directory % 2 ** 32 === AT_FDCWD) return path;
    return resolve(fileOf(directory), path);
  };
  return (number: number, args: readonly number[]): Step | undefined => {
    const call = known.get(number);
    if (!call || (call.flags !== undefined && ((args[call.flags] ?? 0) & (O_CREAT | O_TRUNC)) === 0)) return undefined;
    const path = pathOf(call.operand, args);
    return folders.some((folder) => path.startsWith(`${folder}/`)) ? { call: call.call, path } : undefined;
  };
};
