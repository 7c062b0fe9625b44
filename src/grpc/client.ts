/** A small client of CRI, for the command line, the demo and the specs. It alone knows grpc-js. */
import * as grpc from "@grpc/grpc-js";
import { codeName, type CodeName } from "./codes.ts";
import { method, type MethodName, type Request, type Response } from "./contract.ts";
import type { Draft } from "./draft.ts";
import type { Methods } from "./messages/methods.ts";

type UnaryName = { [M in MethodName]: Methods[M]["stream"] extends true ? never : M }[MethodName];
type StreamName = Exclude<MethodName, UnaryName>;

export interface CallOptions {
  /** How long to wait, from now. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface CriClient {
  /** One request, one answer, as plain objects: what the request leaves out has its default, the answer is whole. */
  call<M extends UnaryName>(name: M, request: Draft<Request<M>>, options?: CallOptions): Promise<Response<M>>;
  /** The same call; the answer as it came, for who times it and not what it takes to read. */
  bytes<M extends UnaryName>(name: M, request: Draft<Request<M>>, options?: CallOptions): Promise<Uint8Array>;
  /** Messages as they come. To leave the loop is to cancel the call. */
  stream<M extends StreamName>(name: M, request: Draft<Request<M>>, options?: CallOptions): AsyncIterable<Response<M>>;
  close(): void;
}

/** What the runtime answered instead; the text is the runtime's. */
export class CriError extends Error {
  readonly code: CodeName;
  constructor(error: { readonly code: number; readonly details: string }) {
    super(error.details, { cause: error });
    this.name = "CriError";
    this.code = codeName(error.code);
  }
}

/** Connects at the first call. `socket` is a path. Failed calls reject with CriError. */
export const criClient = (socket: string): CriClient => {
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure(), {
    // The client must not be what refuses a large answer; -1: without bound.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.enable_channelz": 0,
  });
  const answerTo: CriClient["bytes"] = (name, request, options = {}) =>
    new Promise((resolve, reject) => {
      const { path, request: sent } = method(name);
      const answered = (error: grpc.ServiceError | null, answer?: Buffer): void => {
        if (error) reject(new CriError(error));
        else resolve(answer ?? Buffer.alloc(0));
      };
      const bytes = asBuffer(sent.encode(request));
      cancelOn(options.signal, client.makeUnaryRequest(path, same, same, bytes, none(), timing(options), answered));
    });
  return {
    bytes: answerTo,
    call: async (name, request, options) => method(name).response.decode(await answerTo(name, request, options)),

    async *stream(name, request, options = {}) {
      const { path, request: sent, response: received } = method(name);
      const bytes = asBuffer(sent.encode(request));
      const call = client.makeServerStreamRequest<Buffer, Buffer>(path, same, same, bytes, none(), timing(options));
      cancelOn(options.signal, call);
      let failed: grpc.ServiceError | undefined;
      call.on("error", (error: grpc.ServiceError) => (failed = error));
      try {
        for await (const message of call) yield received.decode(message);
      } catch (error) {
        throw failed ? new CriError(failed) : error;
      } finally {
        call.cancel();
      }
    },

    close: () => client.close(),
  };
};

const none = (): grpc.Metadata => new grpc.Metadata();

const same = (bytes: Buffer): Buffer => bytes;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const timing = ({ deadlineMs }: CallOptions): grpc.CallOptions =>
  deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };

const cancelOn = (signal: AbortSignal | undefined, call: { cancel(): void }): void => {
  if (signal?.aborted) call.cancel();
  signal?.addEventListener("abort", () => call.cancel(), { once: true });
};
