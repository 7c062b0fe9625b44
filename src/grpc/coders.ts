/**
 * How each message of the contract becomes bytes and back. Here from the contract itself, when Troupe runs from its sources;
 * the build puts a written-out form in this file's place (scripts/proto/coders.ts), with which a daemon need neither read the
 * contract nor make code at its start.
 */
import protobuf from "protobufjs";
import { reflection } from "./reflection.ts";

export interface Coder {
  readonly name: string;
  /** How many fields it has. */
  readonly width: number;
  /** Those fields that are maps, messages, or many numbers. */
  readonly parts: readonly Part[];
  encode(message: object): protobuf.Writer;
  /** Throws where the bytes are not such a message. */
  decode(bytes: Uint8Array | protobuf.Reader): Record<string, unknown>;
  toObject(message: object, options: protobuf.IConversionOptions): Record<string, unknown>;
}

export interface Part {
  readonly name: string;
  /** Its number in the contract. */
  readonly id: number;
  readonly is: "map" | "message" | "messages" | "numbers";
  /** Name of the messages. */
  readonly of?: string;
}

export interface MethodShape {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly stream: boolean;
}

export const partsOf = (type: protobuf.Type): readonly Part[] =>
  type.fieldsArray.flatMap((field): readonly Part[] => {
    const { name, id, resolvedType } = field;
    if (field.map) return [{ name, id, is: "map" }];
    if (resolvedType instanceof protobuf.Type)
      return [{ name, id, is: field.repeated ? "messages" : "message", of: resolvedType.name }];
    const isNumber = resolvedType !== null || field.type in protobuf.types.packed;
    return field.repeated && isNumber ? [{ name, id, is: "numbers" }] : [];
  });

const coderOf = (type: protobuf.Type): Coder => ({
  name: type.name,
  width: type.fieldsArray.length,
  parts: partsOf(type),
  encode: (message) => type.encode(message),
  decode: (bytes) => type.decode(bytes),
  toObject: (message, options) => type.toObject(message as protobuf.Message, options),
});

const made = new Map<string, Coder>();

/** By the message's name in the contract; throws where there is none. */
export const coder = (name: string): Coder => {
  const known = made.get(name) ?? coderOf(reflection.lookupType(`runtime.v1.${name}`));
  made.set(name, known);
  return known;
};

const shapesOf = (service: string): readonly MethodShape[] =>
  reflection.lookupService(`runtime.v1.${service}`).methodsArray.map((method) => ({
    name: method.name,
    request: method.requestType,
    response: method.responseType,
    stream: method.responseStream === true,
  }));

/** The services' methods, in the contract's order. */
export const methodShapes: Readonly<Record<string, readonly MethodShape[]>> = {
  RuntimeService: shapesOf("RuntimeService"),
  ImageService: shapesOf("ImageService"),
};
