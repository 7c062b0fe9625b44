/**
 * Consumes bytes of a pipe in such a way that a successor can tell, whatever moment we are killed at, whether it happened.
 *
 * read(2) takes what a pipe holds and fills memory in one system call, and a SIGKILL is obeyed only behind it. So one byte of a
 * file, mapped into memory, is the witness: it is set to anything but the last byte that is to be read, which is then read into
 * it. The others go into the rest of the page, again and again: that costs a copy within the processor's cache.
 */
import koffi from "koffi";
import { checked, declare, isErrno, SystemError } from "./libc.ts";

const PAGE_BYTES = 4096;
const IOVEC_BYTES = 16;
const PROT_READ_AND_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

const mmap = declare<
  (at: null, length: number, protection: number, flags: number, fd: number, offset: number) => number | bigint
>("uintptr_t mmap(void *at, size_t length, int protection, int flags, int fd, long offset)");
const mlock = declare<(address: bigint, length: number) => number>("int mlock(uintptr_t address, size_t length)");
const munmap = declare<(address: bigint, length: number) => number>("int munmap(uintptr_t address, size_t length)");
const readv = declare<(fd: number, vectors: Buffer, count: number) => number>(
  "long readv(int fd, void *vectors, int count)",
);

export class Witness {
  readonly #page: bigint;
  readonly #restAt: bigint;
  readonly #restBytes: number;
  /** Vectors for what is read, all of them as long as the rest of the page but the first that is used; then the witness. */
  readonly #vectors: Buffer;
  readonly #mostBytes: number;

  /** The byte at `at` of the file is the witness; what is behind it in the file's first page, which must be there, is written to. */
  constructor(file: number, at: number, mostBytes: number) {
    this.#page = BigInt(mmap(null, PAGE_BYTES, PROT_READ_AND_WRITE, MAP_SHARED, file, 0));
    if (this.#page === MAP_FAILED) throw new SystemError("mmap", koffi.errno(), `descriptor ${file}`);
    // A page that had to be found again could fail a process that is being killed half way. Where we may not, it is in use anyway.
    mlock(this.#page, PAGE_BYTES);
    this.#restAt = this.#page + BigInt(at + 1);
    this.#restBytes = PAGE_BYTES - at - 1;
    this.#mostBytes = mostBytes;
    const rests = Math.ceil((mostBytes - 1) / this.#restBytes);
    this.#vectors = Buffer.alloc((rests + 1) * IOVEC_BYTES);
    for (let index = 0; index < rests; index++) this.#setVector(index, this.#restAt, this.#restBytes);
    this.#setVector(rests, this.#page + BigInt(at), 1);
  }

  /** Reads exactly `bytes` (1 to `mostBytes`) that the pipe holds, of which we are the one reader; fewer: what was there. */
  consume(pipe: number, bytes: number): number {
    if (bytes < 1 || bytes > this.#mostBytes) throw new RangeError(`${bytes} bytes are not to be consumed at once`);
    const last = this.#vectors.length / IOVEC_BYTES - 1;
    const rests = Math.ceil((bytes - 1) / this.#restBytes);
    const first = last - rests;
    if (rests > 0) this.#setVector(first, this.#restAt, bytes - 1 - (rests - 1) * this.#restBytes);
    const vectors = this.#vectors.subarray(first * IOVEC_BYTES);
    try {
      return checked(readv(pipe, vectors, rests + 1), "readv", `descriptor ${pipe}`);
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return 0;
      throw error;
    } finally {
      if (rests > 0) this.#setVector(first, this.#restAt, this.#restBytes);
    }
  }

  close(): void {
    checked(munmap(this.#page, PAGE_BYTES), "munmap", "of a witness");
  }

  #setVector(index: number, address: bigint, length: number): void {
    this.#vectors.writeBigUInt64LE(address, index * IOVEC_BYTES);
    this.#vectors.writeBigUInt64LE(BigInt(length), index * IOVEC_BYTES + 8);
  }
}
