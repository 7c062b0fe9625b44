/** One stream of a tap: its pipe, and what waits in memory until that has room. */
import { writeSync } from "node:fs";
import { isErrno } from "../linux/libc.ts";

export class TapQueue {
  /** Non-blocking. */
  readonly fd: number;
  /** How many wait. */
  bytes = 0;
  /** Nobody reads the pipe. */
  isGone = false;
  #pieces: Buffer[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  /** What fits goes into the pipe, the rest waits; false: nobody reads it, or more than `room` bytes would have to wait. */
  put(bytes: Buffer, room: number): boolean {
    const written = this.bytes === 0 ? this.#write(bytes) : 0;
    const rest = bytes.length - written;
    if (this.isGone || rest > room) return false;
    // A copy: whose bytes they are uses them again.
    if (rest > 0) this.#pieces.push(Buffer.from(bytes.subarray(written)));
    this.bytes += rest;
    return true;
  }

  /** As much as fits now. */
  flush(): void {
    for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
      const written = this.#write(piece);
      this.bytes -= written;
      if (written < piece.length) {
        this.#pieces[0] = piece.subarray(written);
        return;
      }
      this.#pieces.shift();
    }
  }

  /** A pipe that has some room takes a part of a larger write, and says how much. Node ignores SIGPIPE, in all of its threads. */
  #write(bytes: Buffer): number {
    try {
      return writeSync(this.fd, bytes);
    } catch (error) {
      this.isGone = !isErrno(error, "EAGAIN");
      return 0;
    }
  }
}
