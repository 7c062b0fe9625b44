/**
 * The streaming server as the rest of Troupe sees it: requests go in and a URL comes out; a client that opens the URL in
 * time is joined with what the back-end opens in the container or sandbox.
 *
 *   gRPC Exec → exec(request) → URL ─▶ client opens it ─▶ SPDY or WebSocket ─▶ backend.exec(request, streams, gone)
 *
 * Nothing here knows containers: the back-end does, and says no by a rejection, whose text the client is shown.
 */
import type { Duplex, Readable, Writable } from "node:stream";
import type { ContainerId, QueueFigures, SandboxId } from "../../vocabulary/index.ts";

export interface AttachStreamRequest {
  readonly containerId: ContainerId;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Never with `tty`: a terminal has one output. */
  readonly stderr: boolean;
}

export interface ExecStreamRequest extends AttachStreamRequest {
  /** The command as an argv, without a shell. */
  readonly cmd: readonly string[];
}

export interface ForwardStreamRequest {
  readonly sandboxId: SandboxId;
  /** Only the old WebSocket subprotocols need them: the others name a port with each connection. */
  readonly ports: readonly number[];
}

/** Columns and lines, 1 to 65535. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/**
 * A client's streams; one that was not asked for is undefined. None of them ever emits an error: when the client has gone,
 * `stdin` ends and what is written to the others is thrown away. `stdin` also ends when the client half-closes it, which a
 * command with a terminal is not to see.
 *
 * Pipe into them and out of them: a client that does not read makes `write` return false, and a `stdin` that is not read
 * stops the client. At most some hundred KiB are held for a session.
 */
export interface SessionStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Tells each size of the client's terminal from now on, beginning with the last one told before. One listener. */
  onResize(listener: (size: TerminalSize) => void): void;
}

export interface StreamingBackend {
  /**
   * Runs the command; resolves when it has ended and all of its output was written to `streams`, with 0 to 255: 128 + n
   * after signal n. `gone` aborts when the client has left first; what becomes of the command then is the back-end's
   * decision.
   */
  exec(request: ExecStreamRequest, streams: SessionStreams, gone: AbortSignal): Promise<{ readonly exitCode: number }>;
  /** Resolves when the container's output, or the client's part in it, has ended. */
  attach(request: AttachStreamRequest, streams: SessionStreams, gone: AbortSignal): Promise<void>;
  /**
   * A connection to the port inside the sandbox, with `allowHalfOpen`: the server copies, half-closes and destroys it. It
   * must come or be refused soon: meanwhile what the client sends waits, and with it all of its connections.
   * A rejection's text is shown to the client, and current clients give up all of their connections at it.
   */
  connect(sandboxId: SandboxId, port: number, gone: AbortSignal): Promise<Duplex>;
}

/** Keys of crio.conf's `[crio.api]` table. */
export interface StreamingSettings {
  /** stream_address: an IP address. */
  readonly streamAddress: string;
  /** stream_port: 0 takes any that is free. */
  readonly streamPort: number;
  /** stream_idle_timeout: a connection on which nothing moves for so long is closed. 0: never. */
  readonly streamIdleTimeoutMs: number;
  /** stream_enable_tls with stream_tls_cert, stream_tls_key, stream_tls_ca, tls_min_version. Absent: plain http. */
  readonly tls?: StreamingTls;
}

export interface StreamingTls {
  /** Paths of PEM files; they are read again when they have changed. */
  readonly cert: string;
  readonly key: string;
  /** Absent: clients are not asked for a certificate. */
  readonly ca?: string;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

export interface StreamingServer {
  /**
   * Each takes a request in and answers with the URL at which it can be opened, once and within a minute. The URL is a
   * secret. They throw Invalid for what can never work, and Exhausted when too many wait to be opened.
   */
  exec(request: ExecStreamRequest): string;
  attach(request: AttachStreamRequest): string;
  forward(request: ForwardStreamRequest): string;
  /** Requests for this container or sandbox that nobody has opened are not found any more. */
  forget(id: ContainerId | SandboxId): void;
  /** Base of all URLs, as `http://127.0.0.1:41234/`. */
  readonly url: string;
  /** Requests that wait to be opened. */
  readonly requests: QueueFigures;
  /** Sessions under way, each a connection of a client. */
  readonly sessions: number;
  /** Ends every session and listens no more. */
  close(): Promise<void>;
}
