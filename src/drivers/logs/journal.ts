/**
 * What makes each byte of a container appear in its log once, over any death of the log thread: two files in memory.
 *
 *   tee the head of the FIFO ─▶ frame ─▶ `journal` says which bytes go where ─▶ write the log ─▶ move the bytes to `taken`
 *
 * Bytes stay in the FIFO until they are in the log. A splice moves them into `taken` exactly: whatever moment we are killed
 * at, the file has grown by what the FIFO has lost. So its length tells how far the chunk came, with no room for doubt.
 * One chunk is under way at a time in the whole thread, hence one journal for all containers of a lane.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../linux/libc.ts";
import { splice, spliceToFile } from "../linux/pipe.ts";
import type { Stream } from "./cri-format.ts";

/** One chunk on its way from a FIFO into a log. */
export interface Chunk {
  readonly id: string;
  readonly stream: Stream;
  /** Length of the log before the chunk. */
  readonly offset: number;
  /** Which file that was: a log may have been rotated since. */
  readonly inode: number;
  /** Bytes at the head of the FIFO that the chunk stands for. */
  readonly rawBytes: number;
  /** The timestamp of its records. */
  readonly stamp: string;
}

/** A chunk of a predecessor, and how many of its bytes have left the FIFO: any at all only once all are in the log. */
export interface Unfinished {
  readonly chunk: Chunk;
  readonly takenBytes: number;
}

const ENTRY_BYTES = 512;
const LONGEST_TAKEN_BYTES = 256 * 1024;

export class Journal {
  readonly #entry: number;
  readonly #taken: number;
  readonly #nowhere = openSync("/dev/null", "w");
  #takenBytes: number;
  /** The predecessor's chunk, if it was on its way. */
  readonly unfinished: Unfinished | undefined;

  /** `directory` must lie on a memory filesystem: this is written for each chunk. Each lane has a journal of its own in it. */
  constructor(directory: string, lane = "") {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const suffix = lane && `-${lane}`;
    this.#entry = openSync(join(directory, `journal${suffix}`), flags, 0o600);
    this.#taken = openSync(join(directory, `taken${suffix}`), flags, 0o600);
    this.#takenBytes = fstatSync(this.#taken).size;
    this.unfinished = this.#read();
  }

  /** Before the log is written. */
  begin(chunk: Chunk): void {
    if (this.#takenBytes > LONGEST_TAKEN_BYTES) {
      ftruncateSync(this.#taken, 0);
      this.#takenBytes = 0;
    }
    const text = JSON.stringify({ ...chunk, takenBefore: this.#takenBytes });
    // One write within a page is whole or not there, even to a SIGKILL.
    writeSync(this.#entry, text.padEnd(ENTRY_BYTES), 0, "latin1");
  }

  /** After the log is written: consumes `bytes` of the FIFO. */
  take(fifo: number, bytes: number): void {
    for (let left = bytes; left > 0;) {
      const moved = this.#move(fifo, left);
      if (!moved) throw new Error(`${left} bytes that a FIFO held are gone: somebody else reads it`);
      left -= moved;
    }
  }

  /** Consumes up to `bytes` that go into no log; 0: end of file, absent: nothing yet. */
  drop(fifo: number, bytes: number): number | undefined {
    return splice(fifo, this.#nowhere, bytes);
  }

  close(): void {
    for (const fd of [this.#entry, this.#taken, this.#nowhere]) closeSync(fd);
  }

  #move(fifo: number, bytes: number): number | undefined {
    try {
      const moved = spliceToFile(fifo, this.#taken, this.#takenBytes, bytes);
      this.#takenBytes += moved ?? 0;
      return moved;
    } catch (error) {
      if (!isErrno(error, "ENOSPC", "ENOMEM")) throw error;
      return splice(fifo, this.#nowhere, bytes); // no memory left to be exact in: a kill right now would double the chunk
    }
  }

  #read(): Unfinished | undefined {
    const buffer = Buffer.alloc(ENTRY_BYTES);
    if (readSync(this.#entry, buffer, 0, ENTRY_BYTES, 0) < ENTRY_BYTES) return undefined;
    const { takenBefore, ...chunk } = JSON.parse(buffer.toString("latin1")) as Chunk & { takenBefore: number };
    const takenBytes = this.#takenBytes - takenBefore;
    // Shorter than before: it was emptied, which happens only between chunks.
    return takenBytes < 0 || takenBytes >= chunk.rawBytes ? undefined : { chunk, takenBytes };
  }
}
