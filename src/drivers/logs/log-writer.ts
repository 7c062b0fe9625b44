/**
 * Takes what a container wrote from its FIFO into its log, a chunk at a time, each byte once (`journal.ts`).
 *
 * Where the log takes no bytes they stay in the FIFO, and when that is full the container waits; dropped is only what its owner
 * said may be, and counted (`losses.ts`), or has no log.
 */
import { readSync } from "node:fs";
import type { WallTime } from "../linux/clock.ts";
import { closeOpenedByCall, widenPipe } from "../linux/descriptor.ts";
import { isErrno } from "../linux/libc.ts";
import { openPipe, tee } from "../linux/pipe.ts";
import type { ContainerLog, Feed } from "./container-log.ts";
import { frame, notice, rawBytesOf, roomFor, timestamp, wholeRecords } from "./cri-format.ts";
import { CHUNK_BYTES, type Chunk, type Drop, type Journal } from "./journal.ts";
import { append, cut, readFrom, ShortWrite, sizeOf, type LogFile } from "./log-file.ts";
import { lossText } from "./log-words.ts";
import type { Loss, Losses } from "./losses.ts";
import type { Taps } from "./taps.ts";

/**
 * Half of what a FIFO holds by default; it counts pages, which may be full with less. More room counts as memory of its writer:
 * only who fills the FIFO gets it.
 */
const HURRIED_BYTES = 32 * 1024;

/** `took`: there may be more. `empty`: nothing yet. `ended`: end of file, nobody holds it to write. */
export type Pumped = "took" | "empty" | "ended";

export class LogWriter {
  readonly #journal: Journal;
  readonly #now: () => WallTime;
  readonly #taps: Pick<Taps, "want" | "copy">;
  readonly #scratch = openPipe();
  readonly #raw = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly #framed = Buffer.allocUnsafeSlow(roomFor(CHUNK_BYTES));

  constructor(journal: Journal, now: () => WallTime, taps: Pick<Taps, "want" | "copy"> = noTaps) {
    this.#journal = journal;
    this.#now = now;
    this.#taps = taps;
    widenPipe(this.#scratch.write, CHUNK_BYTES); // where we may not, chunks are smaller
  }

  /** What it has of its own: neither logs nor FIFOs. */
  close(): void {
    this.#journal.close();
    for (const fd of [this.#scratch.read, this.#scratch.write]) closeOpenedByCall(fd);
  }

  /** Moves one chunk. Throws the log's error when its disk takes none or not all; what it did not take is still in the FIFO. */
  pump(feed: Feed): Pumped {
    const { log, stream, fifo } = feed;
    if (log.path === undefined) return this.drop(feed);
    const old = log.file(log.path);
    const headBytes = this.#copyHead(fifo, CHUNK_BYTES);
    if (!headBytes) return counted(feed, headBytes);
    if (headBytes >= HURRIED_BYTES && !feed.widened) this.#widen(feed);
    const stamp = timestamp(this.#now());
    const headLength = frame(this.#raw, headBytes, stream, stamp, this.#framed);
    const file = this.#withRoom(log, log.path, old, headLength);
    const offset = sizeOf(file);
    const length = this.#fitting(headLength, (log.maxBytes ?? Infinity) - offset);
    const rawBytes = length === headLength ? headBytes : rawBytesOf(this.#framed, length);
    const chunk = { id: log.id, stream, offset, inode: file.inode, stamp, ...this.#head(rawBytes) };
    this.#journal.begin(chunk);
    this.#write(feed, file, chunk, 0, length);
    this.#take(feed, chunk);
    return "took";
  }

  /** Consumes a chunk that goes into no log; taps get it. */
  drop(feed: Feed): Pumped {
    const { log, stream, fifo } = feed;
    if (!this.#taps.want(log.id, stream)) return counted(feed, this.#journal.drop(fifo, CHUNK_BYTES));
    const bytes = readSome(fifo, this.#raw);
    if (bytes) this.#taps.copy(log.id, stream, this.#raw.subarray(0, bytes));
    return counted(feed, bytes);
  }

  /** Consumes a chunk that goes into no log, and adds it to the container's loss, which is there; taps get it. */
  lose(feed: Feed, losses: Losses, loss: Loss): Pumped {
    const { log, stream, fifo } = feed;
    const bytes = this.#copyHead(fifo, CHUNK_BYTES);
    if (!bytes) return counted(feed, bytes);
    const lost = loss.bytes + bytes;
    const drop = { id: log.id, stream, lost, since: loss.since, ...this.#head(bytes) };
    this.#journal.begin(drop);
    this.#take(feed, drop);
    losses.write({ ...loss, bytes: lost });
    return "took";
  }

  /** Tells of a container's loss in its log, by a record that is there whole and once, or throws the log's error. */
  tell(log: ContainerLog, losses: Losses): void {
    const loss = losses.get(log.id);
    if (!loss || log.path === undefined) return;
    if (loss.bytes > 0 && !this.#isTold(log, log.path, loss)) {
      const file = log.file(log.path);
      const told = { inode: file.inode, offset: sizeOf(file), stamp: timestamp(this.#now()) };
      losses.write({ ...loss, told });
      this.#sayIn(file, lossText(loss), told.stamp);
    }
    losses.forget(log.id);
  }

  /**
   * Finishes the chunk that a killed predecessor had on its way into this log: its records are made anew, the same ones, and the
   * log gets what it lacks of them. A log that was rotated meanwhile is looked for under its new name. What cannot be known is
   * said in the log.
   */
  finish(log: ContainerLog, chunk: Chunk): void {
    const feed = log.feeds.find(({ stream }) => stream === chunk.stream);
    if (!feed || log.path === undefined) return;
    const isThere = log.within(log.path, chunk.inode, (file) => this.#finishIn(file, feed, chunk));
    if (!isThere) this.#sayIn(log.file(log.path), mayBeDoubled(chunk.rawBytes));
  }

  /** Whether a predecessor has told of this loss; what was half written of its record goes. */
  #isTold(log: ContainerLog, path: string, loss: Loss): boolean {
    const { told } = loss;
    if (!told) return false;
    let isTold = false;
    log.within(path, told.inode, (file) => {
      const record = notice(lossText(loss), told.stamp);
      const there = readFrom(file, told.offset, Buffer.alloc(record.length));
      isTold = there.equals(record);
      if (!isTold && record.subarray(0, there.length).equals(there)) cut(file, told.offset);
    });
    return isTold;
  }

  #finishIn(file: LogFile, feed: Feed, chunk: Chunk): void {
    const rawBytes = this.#copyHead(feed.fifo, chunk.rawBytes) ?? 0;
    const length = frame(this.#raw, rawBytes, chunk.stream, chunk.stamp, this.#framed);
    // One byte more than we can have written: somebody else's.
    const there = readFrom(file, chunk.offset, Buffer.allocUnsafeSlow(roomFor(chunk.rawBytes) + 1));
    const ours = Math.min(there.length, length);
    if (rawBytes < chunk.rawBytes) {
      // Nobody kept the FIFO open, and its bytes are gone: but no half record may stay.
      cut(file, chunk.offset + wholeRecords(there, there.length));
      this.#sayIn(file, "output was lost here, as daemon and monitor were both down");
    } else if (there.subarray(0, ours).equals(this.#framed.subarray(0, ours))) {
      this.#journal.begin(chunk);
      this.#write(feed, file, chunk, ours, length);
      this.#take(feed, chunk);
    } else this.#sayIn(file, mayBeDoubled(rawBytes));
  }

  /** The log's file, or one begun anew because the old one would grow beyond its bound. */
  #withRoom(log: ContainerLog, path: string, file: LogFile, length: number): LogFile {
    const { maxBytes } = log;
    const before = maxBytes === undefined ? 0 : sizeOf(file);
    if (maxBytes === undefined || before === 0 || before + length <= maxBytes) return file;
    const text = `the log would have grown beyond its bound of ${maxBytes} bytes: what it held before, ${before} bytes, is gone`;
    log.beginAnew(path, (begun) => this.#sayIn(begun, text));
    return log.file(path);
  }

  #widen(feed: Feed): void {
    feed.widened = true;
    widenPipe(feed.fifo, CHUNK_BYTES);
  }

  /** How much of the framed bytes fits into `room`, in whole records, and one at least. */
  #fitting(length: number, room: number): number {
    if (length <= room) return length;
    return wholeRecords(this.#framed, Math.max(0, room)) || this.#framed.indexOf(0x0a) + 1;
  }

  /** On a disk that takes only a part, keeps the whole records of it: a reader never sees half a line rewritten. */
  #write(feed: Feed, file: LogFile, chunk: Chunk, from: number, length: number): void {
    try {
      append(file, this.#framed, from, length);
    } catch (error) {
      if (error instanceof ShortWrite) this.#keep(feed, file, chunk, error.written);
      throw error;
    }
  }

  #keep(feed: Feed, file: LogFile, chunk: Chunk, written: number): void {
    const whole = wholeRecords(this.#framed, written);
    if (written > whole) cut(file, chunk.offset + whole);
    if (whole === 0) return this.#journal.forget();
    const kept = { ...chunk, ...this.#head(rawBytesOf(this.#framed, whole)) };
    this.#journal.begin(kept);
    this.#take(feed, kept);
  }

  /** What is in the log, or is to be dropped, leaves the FIFO; the taps get it. */
  #take(feed: Feed, head: Chunk | Drop): void {
    const { rawBytes } = head;
    this.#journal.take(feed.fifo, head);
    feed.consumed += rawBytes;
    this.#taps.copy(feed.log.id, feed.stream, this.#raw.subarray(0, rawBytes));
  }

  /** Of a chunk of the first `rawBytes` of `#raw`. */
  #head(rawBytes: number): Pick<Chunk, "rawBytes" | "lastByte"> {
    return { rawBytes, lastByte: this.#raw[rawBytes - 1] ?? 0 };
  }

  /** Throws no ShortWrite: what is not said yet is still to be said. */
  #sayIn(file: LogFile, text: string, stamp = timestamp(this.#now())): void {
    const record = notice(text, stamp);
    const before = sizeOf(file);
    try {
      append(file, record, 0, record.length);
    } catch (error) {
      cut(file, before);
      throw error instanceof ShortWrite ? error.cause : error;
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

const noTaps = { want: () => false, copy: () => undefined };

const mayBeDoubled = (bytes: number): string =>
  `the next ${bytes} bytes of output may be in this log twice, here and before this record`;

const readSome = (fifo: number, into: Buffer): number | undefined => {
  try {
    return readSync(fifo, into);
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return undefined;
    throw error;
  }
};

const counted = (feed: Feed, bytes: number | undefined): Pumped => {
  if (bytes === undefined) return "empty";
  feed.consumed += bytes;
  return bytes === 0 ? "ended" : "took";
};
