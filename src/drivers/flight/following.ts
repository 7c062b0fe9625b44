/**
 * A ring that is read while it is written: first what there is, then what comes, over the turns of its segments. Nothing is
 * asked of the daemon, so it goes on when that has died, and with the next one.
 */
import { closeSync, openSync, readSync, watch, type FSWatcher } from "node:fs";
import { Unavailable } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { segmentsIn, type Segment } from "./segments.ts";

export interface RingReader {
  /** Whole lines, each with its end. */
  lines(text: string): void;
  /** The ring was removed; nothing follows. */
  gone(): void;
  /** A file beside the segments has changed: what the watchdog tells of a loop that stands still. */
  beside?(): void;
}

/** How far a ring has been read. */
export interface RingPlace {
  /** Of the segment. */
  readonly number: number;
  /** Bytes of it, up to the end of a line. */
  readonly offset: number;
}

interface Current {
  readonly number: number;
  readonly fd: number;
  offset: number;
}

const CHUNK_BYTES = 1024 * 1024;
/** Writes that come close after one another are read together. */
const TOGETHER_MS = 15;
const NEWLINE = 10;
const BESIDE = "stalls.ndjson";

export class Following {
  readonly #directory: string;
  readonly #reader: RingReader;
  readonly #watcher: FSWatcher;
  readonly #from: RingPlace;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #current: Current | undefined;
  #rest = Buffer.alloc(0);
  #due: NodeJS.Timeout | undefined;

  /** What there is behind `from` has been told when this returns. Throws Unavailable where there is no ring. */
  constructor(directory: string, reader: RingReader, from: RingPlace = { number: 0, offset: 0 }) {
    this.#directory = directory;
    this.#from = from;
    this.#reader = reader;
    try {
      // Before the first look, so that nothing is written between the two.
      this.#watcher = watch(directory, (_, name) => {
        if (name?.endsWith(BESIDE) === true) reader.beside?.();
        else this.#due ??= setTimeout(() => this.#look(), TOGETHER_MS);
      });
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      throw new Unavailable(
        `nothing is recorded in ${directory}; has troupe serve run here since the machine started?`,
      );
    }
    this.#look();
  }

  #look(): void {
    this.#due = undefined;
    const segments = segmentsIn(this.#directory);
    // The listing was made before, so one that is not the last has been written to its end.
    for (const segment of segments) {
      if (segment.number < (this.#current ?? this.#from).number) continue;
      if (this.#current?.number !== segment.number && !this.#open(segment)) continue;
      this.#readToEnd();
    }
    if (segments.length > 0) return;
    this.close();
    this.#reader.gone();
  }

  /** False: the daemon has dropped it meanwhile. */
  #open({ number, path }: Segment): boolean {
    try {
      const fd = openSync(path, "r");
      this.#leave();
      this.#current = { number, fd, offset: number === this.#from.number ? this.#from.offset : 0 };
      return true;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  #leave(): void {
    // Who died in the middle of a line left it without its end.
    if (this.#rest.length > 0) this.#reader.lines(`${this.#rest.toString()}\n`);
    this.#rest = Buffer.alloc(0);
    if (this.#current) closeSync(this.#current.fd);
    this.#current = undefined;
  }

  #readToEnd(): void {
    const current = this.#current!;
    for (;;) {
      const read = readSync(current.fd, this.#chunk, 0, CHUNK_BYTES, current.offset);
      if (read === 0) return;
      current.offset += read;
      const bytes = Buffer.concat([this.#rest, this.#chunk.subarray(0, read)]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      this.#rest = bytes.subarray(end);
      if (end > 0) this.#reader.lines(bytes.toString("utf8", 0, end));
    }
  }

  close(): void {
    clearTimeout(this.#due);
    this.#watcher.close();
    this.#rest = Buffer.alloc(0);
    this.#leave();
  }
}
