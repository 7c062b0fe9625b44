/**
 * One call on its HTTP/2 stream: the request's message, the answer's, the status in the trailers; its deadline, and whether
 * its client is still there.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Caller } from "../supervisors/runtime.ts";
import { codeNumber, statusOf, type Status } from "./codes.ts";
import { maxMessageBytes } from "./contract.ts";
import { escaped, Incoming, prefixOf, timeoutMs } from "./framing.ts";

const answerHeaders: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc+proto" };
const wellEnded: OutgoingHttpHeaders = { "grpc-status": "0" };

const endedWith = ({ code, details }: Pick<Status, "code" | "details">): OutgoingHttpHeaders => ({
  "grpc-status": String(codeNumber(code)),
  "grpc-message": escaped(details),
});

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Exchange {
  readonly caller: Caller;
  readonly #stream: ServerHttp2Stream;
  readonly #gone = new AbortController();
  #deadline: NodeJS.Timeout | undefined;
  #over = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    const leftMs = timeoutMs(headers["grpc-timeout"]);
    const agent = headers["user-agent"];
    this.caller = {
      signal: this.#gone.signal,
      ...(leftMs !== undefined && { deadline: Date.now() + leftMs }),
      ...(agent !== undefined && { agent }),
    };
    if (leftMs !== undefined && leftMs <= LONGEST_TIMER_MS) this.#deadline = setTimeout(() => this.#expire(), leftMs);
    stream.on("error", () => undefined); // its end is told by "close"
    stream.on("close", () => this.#leave());
  }

  /** `take` gets the request's bytes, once. What is no request is refused here. */
  receive(take: (message: Uint8Array) => void): void {
    const incoming = new Incoming(maxMessageBytes);
    const orRefuse = (step: () => void): void => {
      if (this.#over) return;
      try {
        step();
      } catch (error) {
        this.fail(statusOf(error));
      }
    };
    this.#stream.on("data", (piece: Buffer) => orRefuse(() => incoming.add(piece)));
    this.#stream.on("end", () => orRefuse(() => take(incoming.message())));
  }

  /** The answer, and a good end. */
  answer(message: Uint8Array): void {
    void this.send(message);
    this.end();
  }

  /** One message of several. Resolves when there is room for the next, or nobody to send it to. */
  send(message: Uint8Array): Promise<void> {
    const stream = this.#stream;
    if (this.#over || this.#lost()) return Promise.resolve();
    this.#begin();
    // Two pieces in one write: a list's bytes are made once and sent many times, and never copied.
    stream.cork();
    stream.write(prefixOf(message));
    return new Promise((resolve) => {
      stream.write(message, () => resolve());
      stream.uncork();
    });
  }

  end(): void {
    this.#finish(() => {
      this.#begin();
      this.#stream.once("wantTrailers", () => this.#stream.sendTrailers(wellEnded));
      this.#stream.end();
    });
  }

  /** Ends it with an error; what was sent before has reached the client. */
  fail(status: Pick<Status, "code" | "details">): void {
    const stream = this.#stream;
    this.#finish(() => {
      if (stream.headersSent) {
        stream.once("wantTrailers", () => stream.sendTrailers(endedWith(status)));
        stream.end();
      } else stream.respond({ ...answerHeaders, ...endedWith(status) }, { endStream: true });
    });
  }

  #begin(): void {
    if (!this.#stream.headersSent) this.#stream.respond(answerHeaders, { waitForTrailers: true });
  }

  #finish(end: () => void): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    if (!this.#lost()) end();
  }

  /** The stream is closed before it tells so, and throws at whoever answers. */
  #lost(): boolean {
    return this.#stream.closed || this.#stream.destroyed;
  }

  #expire(): void {
    this.fail({ code: "DEADLINE_EXCEEDED", details: "the deadline of the call has passed" });
    this.#gone.abort();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#gone.abort();
  }
}
