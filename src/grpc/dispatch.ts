/**
 * From the bytes of a request to the bytes of its answer, for any transport: admission, decoding, the call, encoding,
 * and what is counted of it.
 */
import { Exhausted, Invalid } from "../errors.ts";
import type { Caller } from "../supervisors/runtime.ts";
import type { QueueFigures } from "../vocabulary/index.ts";
import { Admission } from "./admission.ts";
import type { Answer, StreamCall, UnaryCall } from "./calls/call.ts";
import { logged, type CallLog, type Logged } from "./call-log.ts";
import type { Calls } from "./calls/index.ts";
import { statusOf, type CodeName, type Status } from "./codes.ts";
import { maxMessageBytes, type Method } from "./contract.ts";
import { checkWeight } from "./weight.ts";

/** Told of each call; the answer is told how it ended. */
export type CallWatch = (method: string) => (code: CodeName) => void;

export type Outcome = { readonly bytes: Uint8Array } | { readonly status: Status };

export interface DispatchOptions {
  readonly calls: Calls;
  /** Calls under way at most, reads not counted. */
  readonly inFlight: number;
  readonly watch: CallWatch;
  readonly log?: CallLog | undefined;
  /** Told of errors that are none of ours. */
  readonly defect: (method: string, error: unknown) => void;
}

export class Dispatch {
  readonly #calls: Calls;
  readonly #admission: Admission;
  readonly #watch: CallWatch;
  readonly #log: CallLog | undefined;
  readonly #defect: DispatchOptions["defect"];

  constructor({ calls, inFlight, watch, log, defect }: DispatchOptions) {
    this.#calls = calls;
    this.#admission = new Admission(inFlight);
    this.#watch = watch;
    this.#log = log;
    this.#defect = defect;
  }

  /** Calls under way, reads not counted. */
  get queue(): QueueFigures {
    return this.#admission.queue;
  }

  /** Never rejects. */
  async unary(method: Method, bytes: Uint8Array, caller: Caller): Promise<Outcome> {
    const ended = this.#watch(method.name);
    let leave = nothing;
    let kept: Logged | undefined;
    try {
      leave = this.#admission.enter(method.name);
      const call = this.#calls[method.name] as UnaryCall<typeof method.name>;
      const request = decoded(method, bytes);
      kept = logged(this.#log, method, request, caller, now);
      const answer = encoded(method, await call(request, kept.caller, bytes));
      ended("OK");
      kept.ended("OK");
      return { bytes: answer };
    } catch (error) {
      const status = this.#status(method, error);
      ended(status.code);
      kept?.ended(status.code, status.details);
      return { status };
    } finally {
      leave();
    }
  }

  /** The encoded messages; a status at the end where it failed. A reader that stops early must `return()` it. */
  async *stream(method: Method, bytes: Uint8Array, caller: Caller): AsyncGenerator<Uint8Array, Status | undefined> {
    const ended = this.#watch(method.name);
    let leave = nothing;
    let kept: Logged | undefined;
    let code: CodeName = "CANCELLED";
    try {
      leave = this.#admission.enter(method.name);
      const call = this.#calls[method.name] as StreamCall<typeof method.name>;
      const request = decoded(method, bytes);
      kept = logged(this.#log, method, request, caller, now);
      for await (const message of call(request, caller)) yield encoded(method, message);
      code = "OK";
      return undefined;
    } catch (error) {
      const status = this.#status(method, error);
      code = status.code;
      return status;
    } finally {
      ended(code);
      kept?.ended(code);
      leave();
    }
  }

  #status(method: Method, error: unknown): Status {
    const status = statusOf(error);
    if (status.defect) this.#defect(method.name, error);
    return status;
  }
}

const nothing = (): void => {};
const now = (): number => performance.now();

const decoded = (method: Method, bytes: Uint8Array): never => {
  try {
    checkWeight(method.request.coder, bytes);
    return method.request.decode(bytes) as never;
  } catch (error) {
    if (error instanceof Exhausted) throw error;
    throw new Invalid(`the request is no ${method.request.coder.name}: ${String(error)}`, error);
  }
};

const encoded = (method: Method, answer: Answer<typeof method.name>): Uint8Array => {
  const bytes = answer instanceof Uint8Array ? answer : method.response.encode(answer);
  if (bytes.length > maxMessageBytes)
    throw new Exhausted(
      `the answer to ${method.name} has ${bytes.length} bytes, more than the ${maxMessageBytes} that clients of CRI take`,
    );
  return bytes;
};
