/**
 * How much would have to be made of a request, counted in its bytes before anything is: a message of sixteen megabytes may
 * have eight million empty messages in it, which are gigabytes of memory and half a minute of the event loop.
 */
import protobuf from "protobufjs/minimal.js";
import { Exhausted } from "../errors.ts";
import { coder, type Coder, type Part } from "./coders.ts";

/** Ten times what 10,000 variables or 2,500 mounts come to, and a second's work on a slow machine. */
const MOST_VALUES = 400_000;
/** What has no room for as many needs no look. */
const LIGHT_BYTES = 64 * 1024;

const LENGTH_DELIMITED = 2;
/** Beside itself: its key and its value, and its place in the order of keys. */
const MAP_ENTRY = 3;

/** Throws Exhausted for a request of more values than any client has to say; its errors of other kinds are the decoder's. */
export const checkWeight = (own: Coder, bytes: Uint8Array): void => {
  if (bytes.length <= LIGHT_BYTES) return;
  const reader = protobuf.Reader.create(bytes);
  if (roomAfter(reader, own, reader.len, MOST_VALUES) < 0)
    throw new Exhausted(
      `the ${own.name} has more than ${MOST_VALUES} values in its ${bytes.length} bytes, which no pod needs; ask for less at once`,
    );
};

/** What is left of `room` behind the values up to `end`; below 0 it is not known how far. */
const roomAfter = (reader: protobuf.Reader, own: Coder, end: number, room: number): number => {
  const parts = partsByNumber(own);
  let left = room;
  while (reader.pos < end && left >= 0) {
    const tag = reader.uint32();
    left -= 1;
    if ((tag & 7) !== LENGTH_DELIMITED) {
      reader.skipType(tag & 7);
      continue;
    }
    const length = reader.uint32();
    const after = reader.pos + length;
    left = roomIn(reader, parts[tag >>> 3], length, left);
    reader.pos = after;
  }
  return left;
};

const roomIn = (reader: protobuf.Reader, part: Part | undefined, length: number, left: number): number => {
  if (!part) return left;
  if (part.is === "map") return left - MAP_ENTRY;
  if (part.is === "numbers") return left - length;
  // A message is made with all of its fields, whatever it says.
  const inner = coder(part.of ?? "");
  return roomAfter(reader, inner, reader.pos + length, left - inner.width);
};

const numbered = new Map<Coder, readonly (Part | undefined)[]>();

const partsByNumber = (own: Coder): readonly (Part | undefined)[] => {
  const known = numbered.get(own);
  if (known) return known;
  const parts: (Part | undefined)[] = [];
  for (const part of own.parts) parts[part.id] = part;
  numbered.set(own, parts);
  return parts;
};
