/**
 * The contract at run time: its methods, and codecs between bytes and plain objects.
 *
 * Decoded messages are whole: every field is there, absent messages are null, 64-bit integers are decimal strings,
 * enums are numbers, fields of newer clients are left out.
 */
import { coder, methodShapes, type Coder, type MethodShape } from "./coders.ts";
import type { Draft } from "./draft.ts";
import type { Methods } from "./messages/methods.ts";

export interface Codec<Message> {
  readonly coder: Coder;
  encode(draft: Draft<Message>): Uint8Array;
  /** Throws where the bytes are not such a message. */
  decode(bytes: Uint8Array): Message;
}

/** What clients take; more they refuse, whatever it is. */
export const maxMessageBytes = 16 * 1024 * 1024;

export type MethodName = keyof Methods;
export type Request<M extends MethodName> = Methods[M]["request"];
export type Response<M extends MethodName> = Methods[M]["response"];

export interface Method<M extends MethodName = MethodName> {
  readonly name: M;
  readonly service: string;
  /** The HTTP/2 path: `/runtime.v1.RuntimeService/Version`. */
  readonly path: string;
  readonly stream: boolean;
  readonly request: Codec<Request<M>>;
  readonly response: Codec<Response<M>>;
}

/** A message by its name in the contract; the type argument must be the type of that name in `messages/`. */
export const codec = <Message>(name: string): Codec<Message> => {
  const own = coder(name);
  return {
    coder: own,
    encode: (draft) => own.encode(draft as object).finish(),
    decode: (bytes) => own.toObject(own.decode(bytes), { defaults: true, longs: String }) as Message,
  };
};

const methodOf = (service: string, { name, request, response, stream }: MethodShape): Method => ({
  name: name as MethodName,
  service,
  path: `/runtime.v1.${service}/${name}`,
  stream,
  request: codec(request),
  response: codec(response),
});

/** The services by name, each with its methods, in the contract's order. */
export const services: Readonly<Record<string, readonly Method[]>> = Object.fromEntries(
  Object.entries(methodShapes).map(([service, shapes]) => [service, shapes.map((shape) => methodOf(service, shape))]),
);

const byName = new Map(Object.values(services).flatMap((methods) => methods.map((method) => [method.name, method])));

export const method = <M extends MethodName>(name: M): Method<M> => byName.get(name) as unknown as Method<M>;
