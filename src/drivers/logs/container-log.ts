/** The log of one container: its file, opened when first needed, and the FIFOs that feed it. */
import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { bytesWaiting } from "../linux/descriptor.ts";
import { isErrno } from "../linux/libc.ts";
import type { Stream } from "./cri-format.ts";

/** What the log thread is told of a container: descriptors of the FIFOs' reading ends, which stay its giver's. */
export interface LogSource {
  readonly id: string;
  /** Absolute; absent: the output is read and dropped. */
  readonly path?: string;
  /** Which thread's (`lane.ts`); absent: that of containers without a log, and of predecessors that had but one. */
  readonly lane?: string;
  readonly stdout: number;
  readonly stderr: number;
}

export interface Feed {
  readonly log: ContainerLog;
  readonly stream: Stream;
  readonly fifo: number;
  /** Bytes that have gone into the log so far. */
  consumed: number;
  ended: boolean;
}

export interface LogFile {
  readonly fd: number;
  readonly inode: number;
}

export class ContainerLog {
  readonly id: string;
  readonly path: string | undefined;
  readonly feeds: readonly Feed[];
  #file: LogFile | undefined;

  constructor({ id, path, stdout, stderr }: LogSource) {
    this.id = id;
    this.path = path;
    const feed = (stream: Stream, fifo: number): Feed => ({ log: this, stream, fifo, consumed: 0, ended: false });
    this.feeds = [feed("stdout", stdout), feed("stderr", stderr)];
  }

  get ended(): boolean {
    return this.feeds.every((feed) => feed.ended);
  }

  /** What must have been consumed, feed by feed, so that all that is in the FIFOs now is in the log. */
  goals(): readonly number[] {
    return this.feeds.map((feed) => (feed.ended ? 0 : feed.consumed + bytesWaiting(feed.fifo)));
  }

  /** Opened to append and, for recovery, to read. The kubelet makes the directory; other clients forget to. */
  file(path: string): LogFile {
    if (this.#file) return this.#file;
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
    let fd: number;
    try {
      fd = openSync(path, flags, 0o640);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      mkdirSync(dirname(path), { recursive: true });
      fd = openSync(path, flags, 0o640);
    }
    this.#file = { fd, inode: fstatSync(fd).ino };
    return this.#file;
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }
}

/** A log whose disk did not take all: how much it took. */
export class ShortWrite extends Error {
  readonly written: number;
  constructor(written: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.written = written;
  }
}

/** Appends all of the first `length` bytes from `from` on, or throws ShortWrite. */
export const append = ({ fd }: LogFile, bytes: Buffer, from: number, length: number): void => {
  let written = from;
  try {
    while (written < length) written += writeSync(fd, bytes, written, length - written);
  } catch (error) {
    throw new ShortWrite(written, error);
  }
};

export const sizeOf = ({ fd }: LogFile): number => fstatSync(fd).size;

export const cut = ({ fd }: LogFile, length: number): void => ftruncateSync(fd, length);

/** The bytes from `offset` to the end of the log, as far as they fit into `into`. */
export const readFrom = ({ fd }: LogFile, offset: number, into: Buffer): Buffer => {
  let length = 0;
  for (let read = -1; read !== 0 && length < into.length; length += read)
    read = readSync(fd, into, length, into.length - length, offset + length);
  return into.subarray(0, length);
};
