/**
 * Takes what a container wrote from its FIFO into its log, a chunk at a time, each byte once (`journal.ts`).
 *
 * Nothing is ever dropped: where the log takes no bytes they stay in the FIFO, and when that is full the container waits.
 */
import { readSync } from "node:fs";
import type { WallTime } from "../linux/clock.ts";
import { openPipe, tee } from "../linux/pipe.ts";
import {
  append,
  cut,
  readFrom,
  ShortWrite,
  sizeOf,
  type ContainerLog,
  type Feed,
  type LogFile,
} from "./container-log.ts";
import { frame, rawBytesOf, roomFor, timestamp, wholeRecords } from "./cri-format.ts";
import type { Chunk, Journal, Unfinished } from "./journal.ts";

/** What a FIFO holds, and so the largest chunk. */
export const CHUNK_BYTES = 64 * 1024;

/** `took`: there may be more. `empty`: nothing yet. `ended`: end of file, nobody holds it to write. */
export type Pumped = "took" | "empty" | "ended";

export class LogWriter {
  readonly #journal: Journal;
  readonly #now: () => WallTime;
  readonly #scratch = openPipe();
  readonly #raw = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly #framed = Buffer.allocUnsafeSlow(roomFor(CHUNK_BYTES));
  readonly #there = Buffer.allocUnsafeSlow(roomFor(CHUNK_BYTES));

  constructor(journal: Journal, now: () => WallTime) {
    this.#journal = journal;
    this.#now = now;
  }

  /** Moves one chunk. Throws the log's error when its disk takes none or not all; what it did not take is still in the FIFO. */
  pump(feed: Feed): Pumped {
    const { log, stream, fifo } = feed;
    if (log.path === undefined) return counted(feed, this.#journal.drop(fifo, CHUNK_BYTES));
    const file = log.file(log.path);
    const rawBytes = this.#copyHead(fifo, CHUNK_BYTES);
    if (!rawBytes) return counted(feed, rawBytes);
    const stamp = timestamp(this.#now());
    const length = frame(this.#raw, rawBytes, stream, stamp, this.#framed);
    const chunk = { id: log.id, stream, offset: sizeOf(file), inode: file.inode, rawBytes, stamp };
    this.#journal.begin(chunk);
    this.#write(feed, file, chunk, 0, length);
    this.#journal.take(fifo, rawBytes);
    return counted(feed, rawBytes);
  }

  /**
   * Finishes the chunk that a killed predecessor had on its way into this log. Some of its bytes taken: all were in the log.
   * None: its records are made anew, the same ones, and the log gets what it lacks of them.
   */
  finish(log: ContainerLog, { chunk, takenBytes }: Unfinished): void {
    const feed = log.feeds.find(({ stream }) => stream === chunk.stream);
    if (!feed || log.path === undefined) return;
    if (takenBytes > 0) {
      this.#journal.take(feed.fifo, chunk.rawBytes - takenBytes);
      return;
    }
    const file = log.file(log.path);
    // Rotated meanwhile: what the old file got of the chunk comes again in the new one. Better twice than never.
    if (file.inode !== chunk.inode) return;
    const rawBytes = this.#copyHead(feed.fifo, chunk.rawBytes) ?? 0;
    const length = frame(this.#raw, rawBytes, chunk.stream, chunk.stamp, this.#framed);
    const there = readFrom(file, chunk.offset, this.#there);
    if (rawBytes < chunk.rawBytes) {
      // Nobody kept the FIFO open, and its bytes are gone: but no half record may stay.
      cut(file, chunk.offset + wholeRecords(there, there.length));
    } else if (there.equals(this.#framed.subarray(0, there.length))) {
      this.#write(feed, file, chunk, there.length, length);
      this.#journal.take(feed.fifo, rawBytes);
    }
  }

  /** On a disk that takes only a part, keeps the whole records of it: a reader never sees half a line rewritten. */
  #write(feed: Feed, file: LogFile, chunk: Chunk, from: number, length: number): void {
    try {
      append(file, this.#framed, from, length);
    } catch (error) {
      if (error instanceof ShortWrite && error.written > 0) {
        const whole = wholeRecords(this.#framed, error.written);
        const rawBytes = rawBytesOf(this.#framed, whole);
        if (error.written > whole) cut(file, chunk.offset + whole);
        this.#journal.begin({ ...chunk, rawBytes });
        this.#journal.take(feed.fifo, rawBytes);
        feed.consumed += rawBytes;
      }
      throw error;
    }
  }

  /** Copies the head of a FIFO into `#raw`, leaving it there. 0: end of file; absent: nothing yet. */
  #copyHead(fifo: number, limit: number): number | undefined {
    const bytes = tee(fifo, this.#scratch.write, limit);
    for (let read = 0; read < (bytes ?? 0);)
      read += readSync(this.#scratch.read, this.#raw, read, CHUNK_BYTES - read, null);
    return bytes;
  }
}

const counted = (feed: Feed, bytes: number | undefined): Pumped => {
  if (bytes === undefined) return "empty";
  feed.consumed += bytes;
  return bytes === 0 ? "ended" : "took";
};
