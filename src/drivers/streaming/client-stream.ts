/**
 * A stream of a client, of whichever transport, as a Duplex: what SPDY's streams and WebSocket's channels share.
 *
 * It never emits an error. When its client has gone, what was received can still be read, then it ends; what is written is
 * thrown away; `gone` tells at once. What waits for a reader is counted for the whole connection, which stops at a bound.
 */
import { Duplex } from "node:stream";
import type { Valve } from "./valve.ts";

/** Written to one stream and not yet taken by the connection; more makes `write` return false. */
const WRITE_AHEAD_BYTES = 64 << 10;
/** Received by all streams of a connection and not yet read; more stops the connection. */
const MOST_UNREAD_BYTES = 256 << 10;

/** Stops a connection of which too much is unread. */
export class Unread {
  readonly #valve: Valve;
  #bytes = 0;
  #release: (() => void) | undefined;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  /** So many bytes more, or less, wait for a reader. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_UNREAD_BYTES) {
      this.#release ??= this.#valve.hold();
      return;
    }
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}

export abstract class ClientStream extends Duplex {
  readonly #unread: Unread;
  readonly #gone = new AbortController();
  #counted = 0;
  #ended = false;

  constructor(unread: Unread) {
    super({ writableHighWaterMark: WRITE_AHEAD_BYTES });
    this.#unread = unread;
  }

  /** Aborts when the client has given up this stream, or has gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Sends the chunks; calls back when they have left, or never will. */
  protected abstract send(chunks: readonly Buffer[], done: () => void): void;
  /** Tells the client that nothing more comes. */
  protected abstract sendEnd(done: () => void): void;
  /** Tells the client, if need be, that this side is through with the stream. */
  protected abstract abandon(): void;

  /** By the connection: data of the client. */
  received(bytes: Buffer): void {
    if (this.#ended || this.destroyed || bytes.length === 0) return;
    this.push(bytes);
    this.#count();
  }

  /** By the connection: the client sends no more. */
  receivedEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  /** By the connection: the client neither sends nor takes any more. */
  lost(): void {
    this.#gone.abort();
    this.receivedEnd();
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#count();
    return chunk;
  }

  override _read(): void {
    // The connection pushes what comes: the count of what is unread decides there whether more is taken.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#gone.signal.aborted) done();
    else this.send([chunk], done);
  }

  override _writev(writes: readonly { readonly chunk: Buffer }[], done: () => void): void {
    if (this.#gone.signal.aborted) return done();
    this.send(
      writes.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: () => void): void {
    if (this.#gone.signal.aborted) done();
    else this.sendEnd(done);
  }

  override _destroy(_error: Error | null, done: (error: null) => void): void {
    this.#unread.count(-this.#counted);
    this.#counted = 0;
    this.abandon();
    done(null);
  }

  #count(): void {
    if (this.destroyed) return;
    const unread = this.readableLength;
    if (unread !== this.#counted) this.#unread.count(unread - this.#counted);
    this.#counted = unread;
  }
}
