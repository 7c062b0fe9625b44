/**
 * Port-forwarding over SPDY: any number of connections, each a pair of streams of which the client opens the one for errors
 * first, then the one for data. They belong together by `requestID`, or by their ids where an old client gives none.
 */
import type { Duplex } from "node:stream";
import type { SandboxId } from "../../../vocabulary/index.ts";
import { forward } from "../forwarding.ts";
import type { SessionOptions } from "../session-options.ts";
import { ResetStatus } from "./frames.ts";
import { SpdySession } from "./session.ts";
import type { SpdyStream } from "./stream.ts";

export const FORWARD_PROTOCOL = "portforward.k8s.io";

/** Half of that in forwarded connections, at once and for one client. */
const MOST_STREAMS = 2000;

interface Pair {
  error?: SpdyStream;
  data?: SpdyStream;
  readonly overdue: NodeJS.Timeout;
}

const isType = (type: string | undefined): type is "error" | "data" => type === "error" || type === "data";

/** Undefined for what is no port. */
const portOf = (stream: SpdyStream): number | undefined => {
  const text = stream.headers.get("port") ?? "";
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
};

const requestOf = (stream: SpdyStream, type: "error" | "data"): string =>
  stream.headers.get("requestid") ?? String(type === "error" ? stream.id : stream.id - 2);

class ForwardPairs {
  readonly #sandboxId: SandboxId;
  readonly #options: SessionOptions;
  readonly #pairs = new Map<string, Pair>();

  constructor(sandboxId: SandboxId, options: SessionOptions) {
    this.#sandboxId = sandboxId;
    this.#options = options;
  }

  opened(stream: SpdyStream): void {
    const type = stream.headers.get("streamtype");
    const port = portOf(stream);
    if (!isType(type) || port === undefined) return stream.refuse(ResetStatus.protocolError);
    stream.accept();
    // Nothing comes on it but its end.
    if (type === "error") stream.resume();
    const request = requestOf(stream, type);
    const pair = this.#pairs.get(request) ?? this.#begin(request);
    if (pair[type]) {
      pair.error?.write(
        `error processing stream for request ${request}: there is a stream of the type ${type} already`,
      );
      return stream.refuse(ResetStatus.refusedStream);
    }
    pair[type] = stream;
    stream.gone.addEventListener("abort", () => this.#drop(request, pair), { once: true });
    if (pair.error && pair.data) void this.#forward(request, pair, pair.error, pair.data, portOf(pair.data) ?? port);
  }

  #begin(request: string): Pair {
    const seconds = this.#options.creationTimeoutMs / 1000;
    const overdue = setTimeout(() => {
      pair.error?.write(
        `error forwarding for request ${request}: its streams were not both opened within ${seconds} s`,
      );
      this.#drop(request, pair);
    }, this.#options.creationTimeoutMs);
    const pair: Pair = { overdue };
    this.#pairs.set(request, pair);
    return pair;
  }

  /** Of a pair that is not at work: the stream that is there waits for nothing any more. */
  #drop(request: string, pair: Pair): void {
    if (this.#pairs.get(request) !== pair) return;
    this.#settle(request, pair);
    pair.error?.end();
    pair.data?.destroy();
  }

  #settle(request: string, pair: Pair): void {
    clearTimeout(pair.overdue);
    this.#pairs.delete(request);
  }

  async #forward(request: string, pair: Pair, error: SpdyStream, data: SpdyStream, port: number): Promise<void> {
    this.#settle(request, pair);
    const { backend } = this.#options;
    const failure = await forward(backend, { sandboxId: this.#sandboxId, port, client: data, gone: data.gone });
    // What the client has not ended by itself is reset: by now nobody would read it.
    if (failure === undefined) error.end(() => data.destroy());
    else error.end(failure, () => data.destroy());
  }
}

/** Serves one client's port-forwarding over `transport`, until the client leaves. */
export const serveForward = (transport: Duplex, sandboxId: SandboxId, options: SessionOptions): void => {
  const pairs = new ForwardPairs(sandboxId, options);
  new SpdySession({
    transport,
    mostStreams: MOST_STREAMS,
    onStream: (stream) => pairs.opened(stream),
    onTrouble: (text) => options.onTrouble(text),
  }).start();
};
