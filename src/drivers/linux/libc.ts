/**
 * The one place where libc is opened. Declarations stand beside their use, one per signature.
 *
 * Calls are synchronous: koffi's asynchronous ones run on another thread, where errno is lost.
 */
import koffi from "koffi";
import { getSystemErrorMap } from "node:util";

const libc = koffi.load("libc.so.6");

/** Declares one libc function in C, and says in TypeScript what is passed: `declare<(path: string) => number>("int rmdir(const char *path)")`. */
export const declare = <Signature extends (...parameters: never[]) => unknown>(prototype: string): Signature =>
  libc.func(prototype) as unknown as Signature;

const names = new Map([...getSystemErrorMap()].map(([number, [name, text]]) => [-number, { name, text }] as const));

/** A system call failed. `code` is the symbolic errno, as in Node's own errors; `syscall` and `subject` say of what. */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  constructor(syscall: string, errno: number, subject: string) {
    const known = names.get(errno);
    super(`${syscall} ${subject}: ${known?.text ?? `errno ${errno}`} (${known?.name ?? errno})`);
    this.name = "SystemError";
    this.code = known?.name ?? String(errno);
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** The result of a call that answers -1 on failure, or a SystemError. */
export const checked = (result: number, syscall: string, subject: string): number => {
  if (result >= 0) return result;
  throw new SystemError(syscall, koffi.errno(), subject);
};

/** True for errors, ours or Node's, with one of these symbolic codes. */
export const isErrno = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));
