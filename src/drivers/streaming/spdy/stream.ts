/**
 * One SPDY stream. Its reading side ends at the client's FIN, its writing side's end is our FIN, `destroy` is RST_STREAM; it
 * is over, and the session forgets it, after both FINs or a reset from either side.
 */
import { ClientStream, type Unread } from "../client-stream.ts";
import { ResetStatus } from "./frames.ts";
import type { Headers } from "./header-block.ts";

/** What a stream asks of its session. */
export interface StreamWire {
  readonly unread: Unread;
  reply(id: number): void;
  /** Writes a frame for each chunk; calls back when they have left, or never will. */
  data(id: number, chunks: readonly Buffer[], done: () => void): void;
  fin(id: number, done: () => void): void;
  reset(id: number, status: number): void;
  over(id: number): void;
}

export class SpdyStream extends ClientStream {
  readonly id: number;
  readonly headers: Headers;
  readonly #wire: StreamWire;
  #finReceived = false;
  #finSent = false;
  #over = false;

  constructor(wire: StreamWire, id: number, headers: Headers) {
    super(wire.unread);
    this.id = id;
    this.headers = headers;
    this.#wire = wire;
  }

  /** SYN_REPLY: clients wait for it, and drop data that comes before it. */
  accept(): void {
    if (!this.#over) this.#wire.reply(this.id);
  }

  /** Says no to the stream, for a reason of `ResetStatus`. */
  refuse(status: number): void {
    if (this.#over) return;
    this.#wire.reset(this.id, status);
    this.#end();
    this.destroy();
  }

  override receivedEnd(): void {
    super.receivedEnd();
    this.#finReceived = true;
    if (this.#finSent) this.#end();
  }

  override lost(): void {
    this.#end();
    super.lost();
  }

  protected override send(chunks: readonly Buffer[], done: () => void): void {
    this.#wire.data(this.id, chunks, done);
  }

  protected override sendEnd(done: () => void): void {
    this.#wire.fin(this.id, () => {
      this.#finSent = true;
      if (this.#finReceived) this.#end();
      done();
    });
  }

  protected override abandon(): void {
    if (this.#over) return;
    this.#wire.reset(this.id, ResetStatus.cancel);
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire.over(this.id);
  }
}
