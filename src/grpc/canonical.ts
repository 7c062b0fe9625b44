/**
 * One message out of a request as canonical bytes: what is kept on disk, and compared when a request is repeated.
 *
 * The bytes as they came would not do: Go writes map entries in a random order each time, so that a kubelet's second
 * attempt would never equal its first. Here maps are sorted and fields ordered, and so is the environment: the kubelet
 * appends the variables of services out of a map. Fields that this version does not know stay, so that a newer Troupe
 * finds them on disk.
 */
import protobuf from "protobufjs";

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
export const canonical = (type: protobuf.Type, bytes: Uint8Array): Uint8Array => {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  const message = type.decode(reader);
  sortMaps(type, message);
  return type.encode(message).finish();
};

const sortMaps = (type: protobuf.Type, message: Record<string, unknown>): void => {
  for (const field of type.fieldsArray) {
    const value = Object.hasOwn(message, field.name) ? message[field.name] : undefined;
    if (!isRecord(value)) continue;
    if (field.map) message[field.name] = sorted(value);
    else if (field.resolvedType?.name === "KeyValue" && Array.isArray(value)) message[field.name] = byKey(value);
    else if (field.resolvedType instanceof protobuf.Type)
      for (const inner of field.repeated ? Object.values(value) : [value])
        if (isRecord(inner)) sortMaps(field.resolvedType, inner);
  }
};

/** Of a name that comes twice the later one counts: their order stays. */
const byKey = (variables: readonly { readonly key: string }[]): readonly { readonly key: string }[] =>
  variables.toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const sorted = (map: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
