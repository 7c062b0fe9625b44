/**
 * CRI on a unix socket, by grpc-js: this file and client.ts alone know it.
 *
 * Requests and answers pass grpc-js as bytes; what they mean is dispatch.ts's.
 */
import * as grpc from "@grpc/grpc-js";
import type { Caller, Runtime } from "../supervisors/runtime.ts";
import { criCalls, type RuntimeIdentity } from "./calls/index.ts";
import type { Status } from "./codes.ts";
import { maxMessageBytes, services, type Method } from "./contract.ts";
import { Dispatch, type CallWatch } from "./dispatch.ts";
import { socketAt } from "./socket.ts";

export interface ServeCriOptions {
  readonly runtime: Runtime;
  /** Where it listens; made with mode 0660. */
  readonly socket: string;
  readonly identity: RuntimeIdentity;
  /** Calls under way at most, reads not counted. */
  readonly inFlight?: number;
  readonly watch?: CallWatch;
  /** Told of errors that are mistakes of Troupe. */
  readonly defect?: (method: string, error: unknown) => void;
}

export interface CriServer {
  /** Takes no more calls, lets those under way end for `graceMs`, then cuts them off. Asked again, it is the same close. */
  close(graceMs?: number): Promise<void>;
}

export const serveCri = async ({
  runtime,
  socket,
  identity,
  inFlight = 1000,
  watch = () => () => {},
  defect = (method, error) => console.error(`${method} met a defect:`, error),
}: ServeCriOptions): Promise<CriServer> => {
  const dispatch = new Dispatch({ calls: criCalls(runtime, identity), inFlight, watch, defect });
  // channelz stays on: without it grpc-js 1.14 forgets the sessions that forceShutdown is to end.
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  for (const method of Object.values(services).flat())
    if (method.stream) server.register(method.path, streamed(dispatch, method), same, same, "serverStream");
    else server.register(method.path, answered(dispatch, method), same, same, "unary");
  const bound = await socketAt(socket, 0o660, (path) => listen(server, path));
  let closed: Promise<void> | undefined;
  return {
    close: (graceMs = 2000) => {
      bound.unlink();
      return (closed ??= shutDown(server, graceMs));
    },
  };
};

const same = (bytes: Buffer): Buffer => bytes;

const listen = (server: grpc.Server, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });

const shutDown = (server: grpc.Server, graceMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const force = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown((error) => {
      clearTimeout(force);
      if (error) reject(error);
      else resolve();
    });
  });

const failure = ({ code, details }: Status): Partial<grpc.StatusObject> => ({ code: grpc.status[code], details });

/** What the two kinds of calls have in common. */
interface ServerCall {
  readonly metadata: grpc.Metadata;
  getDeadline(): grpc.Deadline;
  on(event: "cancelled", listener: () => void): unknown;
  off(event: "cancelled", listener: () => void): unknown;
}

/** The caller's patience: its deadline, and a signal for when it has gone. `over` ends the watch. */
const callerOf = (call: ServerCall): { readonly caller: Caller; readonly over: () => void } => {
  const gone = new AbortController();
  const leave = () => gone.abort();
  call.on("cancelled", leave);
  const deadline = Number(call.getDeadline());
  const [agent] = call.metadata.get("user-agent");
  const caller: Caller = {
    signal: gone.signal,
    ...(Number.isFinite(deadline) && { deadline }),
    ...(agent !== undefined && { agent: agent.toString() }),
  };
  // grpc-js says "cancelled" at the end of calls that went well, too.
  return { caller, over: () => void call.off("cancelled", leave) };
};

const answered =
  (dispatch: Dispatch, method: Method): grpc.handleUnaryCall<Buffer, Buffer> =>
  (call, callback) => {
    const { caller, over } = callerOf(call);
    void dispatch.unary(method, call.request, caller).then((outcome) => {
      over();
      if ("bytes" in outcome) callback(null, asBuffer(outcome.bytes));
      else callback(failure(outcome.status));
    });
  };

const streamed =
  (dispatch: Dispatch, method: Method): grpc.handleServerStreamingCall<Buffer, Buffer> =>
  (call) => {
    const { caller, over } = callerOf(call);
    const messages = dispatch.stream(method, call.request, caller);
    // A client that leaves while a message is on its way would never ask for the next one.
    caller.signal.addEventListener("abort", () => void messages.return(undefined));
    // One message at a time: grpc-js would queue without bound for a client that does not read.
    const next = (): void =>
      void messages.next().then((step) => {
        if (!step.done) return call.write(asBuffer(step.value), next);
        over();
        return step.value === undefined ? call.end() : call.emit("error", failure(step.value));
      });
    next();
  };

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
