/**
 * The streams of an exec or attach over SPDY. The client opens them one by one, each with its `streamType`; the command
 * begins when all that the request asks for are there:
 *
 *   error (always) · stdin · stdout · stderr (no tty) · resize (tty, from v3 on)
 */
import type { Duplex } from "node:stream";
import { commandSession, type CommandClient, type CommandRequest } from "../command-session.ts";
import { Resizes } from "../resizes.ts";
import type { SessionOptions } from "../session-options.ts";
import { statusDocument, statusText, type Outcome } from "../status.ts";
import { ResetStatus } from "./frames.ts";
import { SpdySession } from "./session.ts";
import type { SpdyStream } from "./stream.ts";

/** In the order of their ages; a server takes the first of the client's that is one of them. */
export const commandProtocols = [
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
] as const;
export type CommandProtocol = (typeof commandProtocols)[number];

const versions: Readonly<Record<CommandProtocol, number>> = {
  "v4.channel.k8s.io": 4,
  "v3.channel.k8s.io": 3,
  "v2.channel.k8s.io": 2,
  "channel.k8s.io": 1,
};

type StreamType = "error" | "stdin" | "stdout" | "stderr" | "resize";

const expectedTypes = ({ stdin, stdout, stderr, tty }: CommandRequest, version: number): Set<string> => {
  const types = new Set<StreamType>(["error"]);
  if (stdin) types.add("stdin");
  if (stdout) types.add("stdout");
  if (stderr && !tty) types.add("stderr");
  if (tty && version >= 3) types.add("resize");
  return types;
};

class CommandStreams {
  readonly #version: number;
  readonly #missing: Set<string>;
  readonly #streams = new Map<string, SpdyStream>();
  readonly #complete: () => void;

  /** Calls `complete` when the last of the streams has been opened. */
  constructor(request: CommandRequest, protocol: CommandProtocol, complete: () => void) {
    this.#version = versions[protocol];
    this.#missing = expectedTypes(request, this.#version);
    this.#complete = complete;
  }

  opened(stream: SpdyStream): void {
    const type = stream.headers.get("streamtype") ?? "";
    if (this.#streams.has(type)) return stream.refuse(ResetStatus.refusedStream);
    stream.accept();
    // A stream that nobody asked for is read for nothing: unread, it would hold up the others.
    if (!this.#missing.delete(type)) return void stream.resume();
    this.#streams.set(type, stream);
    if (this.#missing.size === 0) this.#complete();
  }

  /** Once all streams are there. */
  client(session: SpdySession): CommandClient {
    const [error, stdin, stdout, stderr, resize] = ["error", "stdin", "stdout", "stderr", "resize"].map((type) =>
      this.#streams.get(type),
    );
    for (const out of [error, stdout, stderr]) out?.resume();
    const resizes = new Resizes();
    resize?.on("data", (bytes: Buffer) => resizes.received(bytes));
    if (this.#version === 1) this.#asOfVersion1(error, stdin);
    return {
      streams: { stdin, stdout, stderr, onResize: (listener) => resizes.onResize(listener) },
      gone: session.gone,
      finish: (outcome) => {
        if (error && !error.writableEnded && !error.destroyed) error.end(this.#said(outcome));
        if (error && !error.destroyed) error.once("finish", () => session.finish());
        else session.finish();
      },
    };
  }

  /** The first version's clients expect no more of the error stream, and nothing on stdin. */
  #asOfVersion1(error: SpdyStream | undefined, stdin: SpdyStream | undefined): void {
    error?.destroy();
    stdin?.end();
  }

  #said(outcome: Outcome): string {
    return this.#version >= 4 ? statusDocument(outcome) : statusText(outcome);
  }
}

/** More than any version has, for clients that open what nobody asked for. */
const MOST_STREAMS = 16;

/** Serves one exec or attach over `transport`, which it ends; gives up when the streams do not come. */
export const serveCommand = (
  transport: Duplex,
  protocol: CommandProtocol,
  request: CommandRequest,
  { backend, creationTimeoutMs, onTrouble }: SessionOptions,
): void => {
  const streams = new CommandStreams(request, protocol, () => {
    clearTimeout(overdue);
    void commandSession(backend, request, streams.client(session));
  });
  const session = new SpdySession({
    transport,
    mostStreams: MOST_STREAMS,
    onStream: (stream) => streams.opened(stream),
    onTrouble,
  }).start();
  const overdue = setTimeout(() => session.finish(), creationTimeoutMs);
  session.gone.addEventListener("abort", () => clearTimeout(overdue), { once: true });
};
