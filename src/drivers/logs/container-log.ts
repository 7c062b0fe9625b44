/** The log of one container: its file, opened when first needed, and the FIFOs that feed it. */
import { renameSync } from "node:fs";
import { failedBy } from "../../errors.ts";
import { bytesWaiting } from "../linux/descriptor.ts";
import type { Stream } from "./cri-format.ts";
import { closeLog, findRenamed, openAnew, openFirst, openLog, type LogFile } from "./log-file.ts";

/** The terminal of a container that has one, by its master (`terminals.ts`). Both descriptors stay their giver's. */
export interface LogTerminal {
  /** Non-blocking. */
  readonly master: number;
  /** A writing end of the container's `stdout` FIFO. Its giver holds it before `open`, or the FIFO is at its end at once. */
  readonly into: number;
}

export interface LogBounds {
  /** A log that would grow beyond it is begun anew, and what it held is gone: `log_size_max`. Absent: no bound of ours. */
  readonly maxBytes?: number;
  /**
   * What happens while the log refuses bytes (a full disk): `block`: they wait in the FIFO, and the container once that is full;
   * `drop`: they are dropped, and counted in a record when there is room again. Absent: `block`.
   */
  readonly whenFull?: "block" | "drop";
}

/** What the log thread is told of a container: descriptors of the FIFOs' reading ends, which stay its giver's. */
export interface LogSource extends LogBounds {
  readonly id: string;
  /** Absolute; absent: the output is read and dropped. */
  readonly path?: string;
  /** Which thread's (`lane.ts`); absent: that of containers without a log, and of predecessors that had but one. */
  readonly lane?: string;
  readonly stdout: number;
  /** Absent: the container has a terminal, which has but one stream. */
  readonly stderr?: number;
  readonly terminal?: LogTerminal;
  /** Its lines go to journald too, under this name (`journald.ts`). */
  readonly journaldName?: string;
}

export interface Feed {
  readonly log: ContainerLog;
  readonly stream: Stream;
  readonly fifo: number;
  /** Bytes that have gone into the log so far. */
  consumed: number;
  ended: boolean;
  /** Its FIFO was given more room than pipes have by default. */
  widened: boolean;
}

export class ContainerLog {
  readonly id: string;
  readonly path: string | undefined;
  readonly maxBytes: number | undefined;
  readonly drops: boolean;
  readonly feeds: readonly Feed[];
  #file: LogFile | undefined;

  constructor({ id, path, stdout, stderr, maxBytes, whenFull }: LogSource) {
    this.id = id;
    this.path = path;
    this.maxBytes = maxBytes;
    this.drops = whenFull === "drop";
    const feed = (stream: Stream, fifo: number): Feed => ({
      log: this,
      stream,
      fifo,
      consumed: 0,
      ended: false,
      widened: false,
    });
    this.feeds = [feed("stdout", stdout), ...(stderr === undefined ? [] : [feed("stderr", stderr)])];
  }

  get ended(): boolean {
    return this.feeds.every((feed) => feed.ended);
  }

  /** What must have been consumed, feed by feed, so that all that is in the FIFOs now is in the log. */
  goals(): readonly number[] {
    return this.feeds.map((feed) => (feed.ended ? 0 : feed.consumed + bytesWaiting(feed.fifo)));
  }

  file(path: string): LogFile {
    return (this.#file ??= openFirst(path));
  }

  /** Works on the log's file of this inode, which may have another name since; false: it is gone. */
  within(path: string, inode: number, work: (file: LogFile) => void): boolean {
    const current = this.file(path);
    const file = current.inode === inode ? current : findRenamed(path, inode);
    if (!file) return false;
    try {
      work(file);
    } finally {
      if (file !== current) closeLog(file);
    }
    return true;
  }

  /** Goes on in whatever is at the path now, or in a new file; or throws Failed or Exhausted, and goes on in the old one. */
  reopen(path: string): void {
    try {
      this.#goOnIn(openLog(path));
    } catch (error) {
      throw failedBy("the log cannot be opened again, and goes on in the file that it had", error);
    }
  }

  /** Goes on in a new file that begins with `first`, and takes the path's place once it does. */
  beginAnew(path: string, first: (file: LogFile) => void): void {
    const temporary = `${path}.tmp`; // the kubelet removes one that a kill left behind
    const file = openAnew(temporary);
    try {
      first(file);
      renameSync(temporary, path);
    } catch (error) {
      closeLog(file);
      throw error;
    }
    this.#goOnIn(file);
  }

  close(): void {
    if (this.#file) closeLog(this.#file);
    this.#file = undefined;
  }

  #goOnIn(file: LogFile): void {
    this.close();
    this.#file = file;
  }
}
