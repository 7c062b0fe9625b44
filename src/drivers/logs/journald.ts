/**
 * Lines of containers for journald, beside their logs: those stay what `kubectl logs` reads, and wait for journald never. What it
 * has no room for waits in memory, within bounds; beyond those it is dropped, counted, and told of when there is room again.
 * The same while its socket is not there: that is tried again and again.
 */
import { closeOpenedByCall } from "../linux/descriptor.ts";
import { EPOLLOUT, type Epoll } from "../linux/epoll.ts";
import { isErrno } from "../linux/libc.ts";
import { sealedMessage } from "../linux/memory-file.ts";
import { connectUnix, sendBytes, sendRights, SOCK_DGRAM } from "../linux/unix-socket.ts";
import type { Stream } from "./cri-format.ts";
import { fieldsOf, messageOf } from "./journald-message.ts";

export const JOURNALD_SOCKET = "/run/systemd/journal/socket";
/** How much of one container may wait, and of all of a log thread. */
const WAITING_BYTES = 1024 * 1024;
const ALL_WAITING_BYTES = 16 * 1024 * 1024;
/** What a piece takes beside its bytes: who writes byte by byte has many. */
const PIECE_BYTES = 256;
/** How many of those that were sent are kept in the queue, which is costly to move. */
const MOST_SENT = 1024;
/** Messages at once: who writes short lines would have the thread send for long otherwise. */
const MOST_AT_ONCE = 256;
const NEWLINE = 0x0a;
/** Nobody has the socket any more, or not yet. */
const GONE = ["ECONNREFUSED", "ECONNRESET", "ENOTCONN", "EPIPE"];

interface Sender {
  readonly fields: Readonly<Record<Stream | "notice", Buffer>>;
  waitingBytes: number;
  lostBytes: number;
}

/** What waits to be sent, behind all that came before it. */
interface Piece {
  readonly sender: Sender;
  readonly fields: Buffer;
  bytes: Buffer;
}

export interface JournaldOptions {
  readonly epoll: Epoll;
  readonly socket: string;
  /** What a person should know. */
  readonly warn: (text: string) => void;
  readonly retryMs: number;
  readonly monoMs: () => number;
}

export class Journald {
  readonly #options: JournaldOptions;
  readonly #senders = new Map<string, Sender>();
  #queue: Piece[] = [];
  /** Those before it were sent. */
  #first = 0;
  #waitingBytes = 0;
  #socket: number | undefined;
  #isWatched = false;
  /** It could not be reached: when to try again. */
  #retryAt: number | undefined;

  constructor(options: JournaldOptions) {
    this.#options = options;
  }

  /** Under this name. `isInherited`: somebody before us has sent its lines, and what it had not sent yet nobody knows. */
  add(id: string, name: string, isInherited: boolean): void {
    const [stdout, stderr, notice] = (["stdout", "stderr", "notice"] as const).map((kind) => fieldsOf(id, name, kind));
    if (!stdout || !stderr || !notice) return;
    const sender: Sender = { fields: { stdout, stderr, notice }, waitingBytes: 0, lostBytes: 0 };
    this.#senders.set(id, sender);
    if (isInherited) this.#say(sender, "lines may be missing here: the log thread was begun anew");
  }

  /** What it has said is still sent; unknown ids are fine. */
  remove(id: string): void {
    this.#senders.delete(id);
  }

  want(id: string): boolean {
    return this.#senders.has(id);
  }

  copy(id: string, stream: Stream, bytes: Buffer): void {
    const sender = this.#senders.get(id);
    if (!sender) return;
    const room = Math.min(WAITING_BYTES - sender.waitingBytes, ALL_WAITING_BYTES - this.#waitingBytes);
    if (bytes.length + PIECE_BYTES > room) {
      sender.lostBytes += bytes.length;
      return;
    }
    this.#sayLost(sender);
    const piece = this.#put({ sender, fields: sender.fields[stream], bytes });
    if (!this.#isWatched) this.#flush();
    piece.bytes = Buffer.from(piece.bytes); // whose bytes they are uses them again
  }

  /** For a descriptor that is ready; false: it is not ours. */
  ready(fd: number): boolean {
    if (fd !== this.#socket) return false;
    this.#flush();
    return true;
  }

  /** When to try again to reach it, on the clock of `monoMs`. */
  get due(): number {
    return this.#retryAt ?? Infinity;
  }

  tryAgain(): void {
    if (this.due <= this.#options.monoMs()) this.#flush();
  }

  close(): void {
    this.#letGo();
  }

  #put(piece: Piece): Piece {
    this.#queue.push(piece);
    this.#count(piece, piece.bytes.length + PIECE_BYTES);
    return piece;
  }

  #count({ sender }: Piece, bytes: number): void {
    sender.waitingBytes += bytes;
    this.#waitingBytes += bytes;
  }

  #say(sender: Sender, text: string): void {
    this.#put({ sender, fields: sender.fields.notice, bytes: Buffer.from(`troupe: ${text}\n`) });
  }

  #sayLost(sender: Sender): void {
    if (sender.lostBytes === 0) return;
    this.#say(sender, `${sender.lostBytes} bytes of output are missing here: journald took nothing`);
    sender.lostBytes = 0;
  }

  #flush(): void {
    if (!this.#reach()) return;
    for (let sent = 0; sent < MOST_AT_ONCE; sent++) {
      const piece = this.#queue[this.#first];
      if (!piece) return this.#watch(false);
      const newline = piece.bytes.indexOf(NEWLINE);
      const line = newline < 0 ? piece.bytes : piece.bytes.subarray(0, newline);
      const bytes = newline < 0 ? line.length : newline + 1;
      if (!this.#send(piece.sender, messageOf(piece.fields, line, newline < 0), bytes)) return;
      this.#sent(piece, bytes);
    }
    this.#watch(true);
  }

  #sent(piece: Piece, bytes: number): void {
    piece.bytes = piece.bytes.subarray(bytes);
    this.#count(piece, -bytes);
    if (piece.bytes.length > 0) return;
    this.#count(piece, -PIECE_BYTES);
    if (++this.#first >= Math.min(MOST_SENT, this.#queue.length)) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    if (piece.sender.waitingBytes === 0) this.#sayLost(piece.sender);
  }

  /** False: not now. What is never taken is lost: it must not keep the others from being sent. */
  #send(sender: Sender, message: Buffer, bytes: number): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    try {
      try {
        sendBytes(socket, message, message.length, this.#options.socket);
      } catch (error) {
        if (!isErrno(error, "EMSGSIZE", "ENOBUFS")) throw error;
        sendByFile(socket, message, this.#options.socket);
      }
      return true;
    } catch (error) {
      if (isErrno(error, "EAGAIN")) this.#watch(true);
      else if (isErrno(error, ...GONE)) this.#lose(error);
      else {
        sender.lostBytes += bytes;
        return true;
      }
      return false;
    }
  }

  /** Whether there is somebody to send to. */
  #reach(): boolean {
    const { socket, monoMs, warn } = this.#options;
    if (this.#socket !== undefined) return true;
    if (this.due > monoMs() && this.#retryAt !== undefined) return false;
    try {
      this.#socket = connectUnix(socket, SOCK_DGRAM);
    } catch (error) {
      this.#lose(error);
      return false;
    }
    if (this.#retryAt !== undefined) warn(`journald is there again at ${socket}`);
    this.#retryAt = undefined;
    return true;
  }

  /** It is gone. */
  #lose(error: unknown): void {
    const { socket, retryMs, monoMs, warn } = this.#options;
    const isNews = this.#retryAt === undefined;
    this.#letGo();
    this.#retryAt = monoMs() + retryMs;
    const reason = error instanceof Error ? error.message : String(error);
    if (isNews)
      warn(`journald cannot be reached at ${socket} (${reason}): logs go on, what it is to get waits or is dropped`);
  }

  #letGo(): void {
    this.#watch(false);
    if (this.#socket !== undefined) closeOpenedByCall(this.#socket);
    this.#socket = undefined;
  }

  #watch(isWatched: boolean): void {
    if (this.#socket === undefined || isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) this.#options.epoll.set(this.#socket, EPOLLOUT);
    else this.#options.epoll.remove(this.#socket);
  }
}

/** What is larger than a datagram goes as a file that its reader can map and nobody can change. */
const sendByFile = (socket: number, message: Buffer, subject: string): void => {
  const file = sealedMessage(message);
  try {
    sendRights(socket, file, 0, subject);
  } finally {
    closeOpenedByCall(file);
  }
};
