/**
 * One message out of a request as canonical bytes: what is kept on disk, and compared when a request is repeated.
 *
 * The bytes as they came would not do: Go writes map entries in a random order each time, so that a kubelet's second
 * attempt would never equal its first. Here maps are sorted and fields ordered, and so is the environment: the kubelet
 * appends the variables of services out of a map. Fields that this version does not know stay, so that a newer Troupe
 * finds them on disk.
 */
import protobuf from "protobufjs/minimal.js";
import { coder, type Coder } from "./coders.ts";

/** The bytes of field `number` (a message) of an encoded request; empty where it is absent. */
export const fieldBytes = (request: Uint8Array, number: number): Uint8Array => {
  const reader = protobuf.Reader.create(request);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((number << 3) | 2)) parts.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  // protobuf: a message field that comes twice is merged, which is what joining its encodings means.
  return Buffer.concat(parts);
};

/** The same message, always as the same bytes. */
export const canonical = (own: Coder, bytes: Uint8Array): Uint8Array => {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  const message = own.decode(reader);
  sortMaps(own, message);
  return own.encode(message).finish();
};

const sortMaps = ({ parts }: Coder, message: Record<string, unknown>): void => {
  for (const { name, is, of } of parts) {
    const value = Object.hasOwn(message, name) ? message[name] : undefined;
    if (!isRecord(value)) continue;
    if (is === "map") message[name] = sorted(value);
    else if (of === "KeyValue" && Array.isArray(value)) message[name] = byKey(value);
    else if (of !== undefined)
      for (const inner of is === "messages" ? Object.values(value) : [value])
        if (isRecord(inner)) sortMaps(coder(of), inner);
  }
};

/** Of a name that comes twice the later one counts: their order stays. */
const byKey = (variables: readonly { readonly key: string }[]): readonly { readonly key: string }[] =>
  variables.toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const sorted = (map: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
