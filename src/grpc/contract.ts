/**
 * proto/cri.proto at run time: its methods, and codecs between bytes and plain objects.
 *
 * Decoded messages are whole: every field is there, absent messages are null, 64-bit integers are decimal strings,
 * enums are numbers, fields of newer clients are left out.
 */
import { existsSync, readFileSync } from "node:fs";
import protobuf from "protobufjs";
import type { Draft } from "./draft.ts";
import type { Methods } from "./messages/methods.ts";

export interface Codec<Message> {
  readonly type: protobuf.Type;
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

/** The contract's file, from a source or a bundle that stands somewhere below the package's root. */
export const contractFile = (from = import.meta.url): URL => {
  for (let folder = new URL(".", from); ; folder = new URL("..", folder)) {
    const file = new URL("proto/cri.proto", folder);
    if (existsSync(file)) return file;
    if (folder.pathname === "/") throw new Error(`proto/cri.proto is in no folder above ${from}: reinstall Troupe`);
  }
};

/** Beside the bundle: what reading the contract comes to, for a daemon that starts to have it at once. */
export const READ_CONTRACT = "cri.json";

/** Names as the contract has them (keepCase), so that they can be searched for and compared. */
export const readContract = (): protobuf.Root =>
  protobuf.parse(readFileSync(contractFile(), "utf8"), { keepCase: true }).root;

const alreadyRead = new URL(READ_CONTRACT, import.meta.url);
const root = existsSync(alreadyRead)
  ? protobuf.Root.fromJSON(JSON.parse(readFileSync(alreadyRead, "utf8")) as protobuf.INamespace)
  : readContract();
root.resolveAll();

const codecOf = <Message>(type: protobuf.Type): Codec<Message> => ({
  type,
  encode: (draft) => type.encode(draft as Record<string, unknown>).finish(),
  decode: (bytes) => type.toObject(type.decode(bytes), { defaults: true, longs: String }) as Message,
});

/** A message by its name in the contract; the type argument must be the type of that name in `messages/`. */
export const codec = <Message>(name: string): Codec<Message> => codecOf<Message>(root.lookupType(`runtime.v1.${name}`));

const methodsOf = (service: protobuf.Service): Method[] =>
  service.methodsArray.map((method) => ({
    name: method.name as MethodName,
    service: service.name,
    path: `/runtime.v1.${service.name}/${method.name}`,
    stream: method.responseStream === true,
    request: codec(method.requestType),
    response: codec(method.responseType),
  }));

/** The services by name, each with its methods, in the contract's order. */
export const services: Readonly<Record<string, readonly Method[]>> = Object.fromEntries(
  ["RuntimeService", "ImageService"].map((name) => [name, methodsOf(root.lookupService(`runtime.v1.${name}`))]),
);

const byName = new Map(Object.values(services).flatMap((methods) => methods.map((method) => [method.name, method])));

export const method = <M extends MethodName>(name: M): Method<M> => byName.get(name) as unknown as Method<M>;

/** The whole contract by reflection, for who compares it. */
export const reflection: protobuf.Root = root;
