/** What a call of CRI is, apart from any transport: a plain function from request to answer. */
import type { Caller } from "../../supervisors/runtime.ts";
import type { MethodName, Request, Response } from "../contract.ts";
import type { Draft } from "../draft.ts";

/** Encoded already where an Uint8Array. */
export type Answer<M extends MethodName> = Draft<Response<M>> | Uint8Array;

/** `bytes` are those of the whole request, for the calls that keep a part of it. */
export type UnaryCall<M extends MethodName> = (
  request: Request<M>,
  caller: Caller,
  bytes: Uint8Array,
) => Answer<M> | Promise<Answer<M>>;

/** The messages are drawn one by one, as fast as the client takes them. What waits for a next one ends when the caller goes. */
export type StreamCall<M extends MethodName> = (
  request: Request<M>,
  caller: Caller,
) => Iterable<Answer<M>> | AsyncIterable<Answer<M>>;
