/**
 * The writing half of a SPDY connection: data without a copy, answers with a bound, and an end that lets everything arrive.
 */
import type { Duplex } from "node:stream";
import type { Turn } from "../turn.ts";
import type { Valve } from "../valve.ts";
import { dataHeader } from "./frames.ts";

/** Answers (pings, resets, replies) that the client has not taken; more, and nothing is read of it until it does. */
const MOST_ANSWER_BYTES = 64 << 10;
/** For the client to close, once it has got everything. */
const LINGER_MS = 5000;

/** Of one data frame, so that streams take turns; clients put a frame together before they look at it. */
const MOST_DATA_BYTES = 64 << 10;

/** A chunk as parts of which each becomes a frame: nearly always itself. */
const framed = (chunk: Buffer): readonly Buffer[] => {
  if (chunk.length <= MOST_DATA_BYTES) return chunk.length > 0 ? [chunk] : [];
  return Array.from({ length: Math.ceil(chunk.length / MOST_DATA_BYTES) }, (_, at) =>
    chunk.subarray(at * MOST_DATA_BYTES, (at + 1) * MOST_DATA_BYTES),
  );
};

export class SessionWriter {
  readonly #transport: Duplex;
  readonly #turn: Turn;
  readonly #valve: Valve;
  #answerBytes = 0;
  #hold: (() => void) | undefined;
  #ended = false;

  constructor(transport: Duplex, turn: Turn, valve: Valve) {
    this.#transport = transport;
    this.#turn = turn;
    this.#valve = valve;
  }

  control(frame: Buffer): void {
    if (this.#ended) return;
    this.#answerBytes += frame.length;
    if (this.#answerBytes > MOST_ANSWER_BYTES) this.#hold ??= this.#valve.hold();
    this.#transport.write(frame, () => {
      this.#answerBytes -= frame.length;
      if (this.#answerBytes > MOST_ANSWER_BYTES) return;
      this.#hold?.();
      this.#hold = undefined;
    });
  }

  /** Calls back when the bytes have left, in a later turn if this one's share is spent. */
  data(streamId: number, chunks: readonly Buffer[], done: () => void): void {
    if (this.#ended) return done();
    const parts = chunks.flatMap((chunk) => framed(chunk));
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const inTurn = this.#turn.spend(bytes);
    const left = (): void => (inTurn ? done() : this.#turn.next(done));
    // Corked, so that headers and chunks go out by one writev.
    this.#transport.cork();
    for (const [at, part] of parts.entries()) {
      this.#transport.write(dataHeader(streamId, part.length, false));
      this.#transport.write(part, at === parts.length - 1 ? left : undefined);
    }
    this.#transport.uncork();
    if (parts.length === 0) done();
  }

  fin(streamId: number, done: () => void): void {
    if (this.#ended) return done();
    this.#transport.write(dataHeader(streamId, 0, true), () => done());
  }

  /** The last frame; then the transport's end, and its destruction if the client does not close. */
  last(frame: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    const transport = this.#transport;
    if (transport.writable) transport.write(frame);
    transport.end(() => {
      // Destroyed with bytes unread, a socket is reset, and the client may lose the last that was written.
      if (transport.destroyed || transport.readableEnded) return void transport.destroy();
      const linger = setTimeout(() => transport.destroy(), LINGER_MS).unref();
      transport.once("end", () => transport.destroy());
      transport.once("close", () => clearTimeout(linger));
    });
  }
}
