/**
 * What makes each byte of a container appear in its log once, over any death of the log thread: a file of one page in memory.
 *
 *   tee the head of the FIFO ─▶ frame ─▶ the journal says which bytes go where ─▶ write the log ─▶ consume the bytes
 *
 * Bytes stay in the FIFO until they are in the log. Whether they have left it is in the file as well, by a witness that the
 * system call which consumes them sets (`../linux/witness.ts`): all of them have, or none, with no room for doubt.
 * One chunk is under way at a time in the whole thread, hence one journal for all containers of a lane. What is dropped and
 * counted goes the same way, but into no log.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { splice } from "../linux/pipe.ts";
import { Witness } from "../linux/witness.ts";
import type { Stream } from "./cri-format.ts";

/** Bytes at the head of a FIFO, on their way out of it. */
interface Head {
  readonly id: string;
  readonly stream: Stream;
  readonly rawBytes: number;
  /** The last one of them. */
  readonly lastByte: number;
}

/** Those that a log gets. */
export interface Chunk extends Head {
  /** Length of the log before the chunk. */
  readonly offset: number;
  /** Which file that was: a log may have been rotated since. */
  readonly inode: number;
  /** The timestamp of its records. */
  readonly stamp: string;
}

/** Those that go nowhere. */
export interface Drop extends Head {
  /** Bytes that the container has lost with these (`losses.ts`). */
  readonly lost: number;
  /** Which loss of it that is. */
  readonly since: string;
}

/** What a FIFO holds when its writer is in a hurry, and so the largest chunk. */
export const CHUNK_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;
const ENTRY_BYTES = 512;
/** The last byte of the entry: anything but the chunk's last byte until the chunk is consumed. */
const WITNESS_AT = ENTRY_BYTES - 1;

export class Journal {
  readonly #file: number;
  readonly #nowhere = openSync("/dev/null", "w");
  readonly #entry = Buffer.alloc(ENTRY_BYTES);
  #witness: Witness | undefined;
  /** The predecessor's chunk, if it was on its way and is still in the FIFO. */
  readonly unfinished: Chunk | undefined;
  /** What the predecessor dropped, if that was the last that it did. */
  readonly lastDrop: Drop | undefined;

  /** `directory` must lie on a memory filesystem: this is written for each chunk. Each lane has a journal of its own in it. */
  constructor(directory: string, lane = "") {
    this.#file = openSync(join(directory, `journal${lane && `-${lane}`}`), constants.O_RDWR | constants.O_CREAT, 0o600);
    const { entry, taken } = this.#read() ?? {};
    this.unfinished = entry && "offset" in entry && !taken ? entry : undefined;
    this.lastDrop = entry && "lost" in entry && taken ? entry : undefined;
  }

  /** Before the log is written. Throws Node's error where no memory is left for the file. */
  begin(entry: Chunk | Drop): void {
    this.#witness ??= this.#call();
    const length = this.#entry.write(JSON.stringify(entry), "latin1");
    this.#entry.fill(" ", length, WITNESS_AT);
    this.#entry[WITNESS_AT] = ~entry.lastByte;
    // One write within a page is whole or not there, even to a SIGKILL.
    writeSync(this.#file, this.#entry, 0, ENTRY_BYTES, 0);
  }

  /** The log took nothing of the chunk that was begun: it is in the FIFO as any other output. */
  forget(): void {
    writeSync(this.#file, this.#entry.fill(0), 0, ENTRY_BYTES, 0);
  }

  /** After the log is written: consumes the bytes of what was begun. */
  take(fifo: number, { rawBytes }: Chunk | Drop): void {
    const taken = this.#witness?.consume(fifo, rawBytes);
    if (taken !== rawBytes) throw new Error(`${rawBytes} bytes that a FIFO held are gone: somebody else reads it`);
  }

  /** Consumes up to `bytes` that go into no log; 0: end of file, absent: nothing yet. */
  drop(fifo: number, bytes: number): number | undefined {
    return splice(fifo, this.#nowhere, bytes);
  }

  close(): void {
    this.#witness?.close();
    for (const fd of [this.#file, this.#nowhere]) closeSync(fd);
  }

  #call(): Witness {
    const missing = PAGE_BYTES - fstatSync(this.#file).size;
    if (missing > 0) writeSync(this.#file, Buffer.alloc(missing), 0, missing, PAGE_BYTES - missing);
    return new Witness(this.#file, WITNESS_AT, CHUNK_BYTES);
  }

  #read(): { readonly entry: Chunk | Drop; readonly taken: boolean } | undefined {
    const buffer = Buffer.alloc(ENTRY_BYTES);
    readSync(this.#file, buffer, 0, ENTRY_BYTES, 0);
    if (buffer[0] === 0) return undefined; // nothing was begun, or it was forgotten
    const entry = JSON.parse(buffer.toString("latin1", 0, WITNESS_AT)) as Chunk | Drop;
    return { entry, taken: buffer[WITNESS_AT] === entry.lastByte };
  }
}
