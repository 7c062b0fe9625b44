/**
 * CRI on a unix socket: gRPC straight over Node's HTTP/2. A gRPC library copies each answer once more and takes a third
 * more CPU for a call; of what it can do, CRI needs one request, one answer or several, a status and a deadline.
 *
 * Requests and answers are bytes here; what they mean is dispatch.ts's.
 */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Runtime } from "../supervisors/runtime.ts";
import type { QueueFigures } from "../vocabulary/index.ts";
import type { CallLog } from "./call-log.ts";
import { criCalls, type RuntimeIdentity } from "./calls/index.ts";
import { services, type Method } from "./contract.ts";
import { Dispatch, type CallWatch } from "./dispatch.ts";
import { Exchange } from "./exchange.ts";
import { socketAt } from "./socket.ts";

export interface ServeCriOptions {
  readonly runtime: Runtime;
  /** Where it listens; made with mode 0660. */
  readonly socket: string;
  readonly identity: RuntimeIdentity;
  /** Calls under way at most, reads not counted. */
  readonly inFlight?: number;
  readonly watch?: CallWatch;
  /** Keeps what calls there were; streams, which only read, are left out. */
  readonly log?: CallLog;
  /** Told of errors that are mistakes of Troupe. */
  readonly defect?: (method: string, error: unknown) => void;
}

export interface CriServer {
  /** Calls under way, reads not counted. */
  readonly queue: QueueFigures;
  /** Takes no more calls, lets those under way end for `graceMs`, then cuts them off. Asked again, it is the same close. */
  close(graceMs?: number): Promise<void>;
}

export const serveCri = async ({
  runtime,
  socket,
  identity,
  inFlight = 1000,
  watch = () => () => {},
  log,
  defect = (method, error) => console.error(`${method} met a defect:`, error),
}: ServeCriOptions): Promise<CriServer> => {
  const dispatch = new Dispatch({ calls: criCalls(runtime, identity), inFlight, watch, log, defect });
  const server = createServer({ maxSessionMemory: SESSION_MIB });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("sessionError", () => undefined); // a client that speaks nonsense: its session is closed by now
  server.on("stream", (stream: ServerHttp2Stream, headers) => serve(dispatch, stream, headers));
  const bound = await socketAt(socket, 0o660, (path) => once(server.listen(path), "listening"));
  let closed: Promise<void> | undefined;
  const close = async (graceMs: number): Promise<void> => {
    const ended = once(server, "close");
    server.close();
    for (const session of sessions) session.close();
    const force = setTimeout(() => sessions.forEach((session) => session.destroy()), graceMs);
    await ended;
    clearTimeout(force);
  };
  return {
    get queue() {
      return dispatch.queue;
    },
    close: (graceMs = 2000) => {
      bound.unlink();
      return (closed ??= close(graceMs));
    },
  };
};

/** Node would refuse streams beyond 10 MB of answers under way, of which one may have 16; dispatch.ts bounds the calls. */
const SESSION_MIB = 4096;

const methods: ReadonlyMap<string, Method> = new Map(
  Object.values(services)
    .flat()
    .map((method) => [method.path, method]),
);

const serve = (dispatch: Dispatch, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
  if (!headers["content-type"]?.startsWith("application/grpc")) {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 415 }, { endStream: true });
    return;
  }
  const exchange = new Exchange(stream, headers);
  const path = headers[":path"] ?? "";
  const method = methods.get(path);
  if (!method) exchange.fail({ code: "UNIMPLEMENTED", details: `there is no method ${path} in CRI v1` });
  else exchange.receive((message) => void (method.stream ? streamed : answered)(dispatch, method, message, exchange));
};

type Serving = (dispatch: Dispatch, method: Method, message: Uint8Array, exchange: Exchange) => Promise<void>;

const answered: Serving = async (dispatch, method, message, exchange) => {
  const outcome = await dispatch.unary(method, message, exchange.caller);
  if ("bytes" in outcome) exchange.answer(outcome.bytes);
  else exchange.fail(outcome.status);
};

const streamed: Serving = async (dispatch, method, message, exchange) => {
  const messages = dispatch.stream(method, message, exchange.caller);
  // A client that leaves while a message is on its way would never ask for the next one.
  exchange.caller.signal.addEventListener("abort", () => void messages.return(undefined));
  // One message at a time: HTTP/2 would queue without bound for a client that does not read.
  for (;;) {
    const step = await messages.next();
    if (step.done) return step.value === undefined ? exchange.end() : exchange.fail(step.value);
    await exchange.send(step.value);
  }
};
