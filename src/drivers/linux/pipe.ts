/** Pipes without copies: tee(2) duplicates what is at a pipe's head, splice(2) moves it. */
import koffi from "koffi";
import { checked, declare, SystemError } from "./libc.ts";

const O_CLOEXEC = 0x80000;
const SPLICE_F_NONBLOCK = 2;

const pipe2 = declare<(fds: Buffer, flags: number) => number>("int pipe2(void *fds, int flags)");
const teeCall = declare<(from: number, to: number, length: number, flags: number) => number>(
  "long tee(int from, int to, size_t length, unsigned int flags)",
);
const spliceCall = declare<
  (from: number, fromAt: null, to: number, toAt: null, length: number, flags: number) => number
>("long splice(int from, void *from_at, int to, void *to_at, size_t length, unsigned int flags)");

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

export const openPipe = (): Pipe => {
  const fds = Buffer.alloc(8);
  checked(pipe2(fds, O_CLOEXEC), "pipe2", "");
  return { read: fds.readInt32LE(0), write: fds.readInt32LE(4) };
};

/** Copies up to `length` bytes from the head of pipe `from` and leaves them there. 0: end of file; absent: nothing yet. */
export const tee = (from: number, to: number, length: number): number | undefined =>
  orNothing(teeCall(from, to, length, SPLICE_F_NONBLOCK), "tee", from);

/** Moves up to `length` bytes into another pipe or a device; as `tee`. */
export const splice = (from: number, to: number, length: number): number | undefined =>
  orNothing(spliceCall(from, null, to, null, length, SPLICE_F_NONBLOCK), "splice", from);

const orNothing = (result: number, syscall: string, fd: number): number | undefined => {
  if (result >= 0) return result;
  const error = new SystemError(syscall, koffi.errno(), `descriptor ${fd}`);
  if (error.code === "EAGAIN" || error.code === "EINTR") return undefined;
  throw error;
};
