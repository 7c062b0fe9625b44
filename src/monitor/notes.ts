/**
 * How a note lies in its file: one line of JSON, whose last field is a sum over all before it. An exit of which a bit has
 * changed must not be told as another one. Notes of a Troupe that made no sums are taken as they are.
 *
 *   {"id":"…",…,"sum":"89abcdef"}
 */
import { crc32 } from "node:zlib";

const SEAL = /,"sum":"([0-9a-f]{8})"\}$/;

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, "0");

/** Of a JSON object, not an empty one. */
export const sealNote = (value: object): string => {
  const open = JSON.stringify(value).slice(0, -1);
  return `${open},"sum":"${sumOf(open)}"}`;
};

/** Throws SyntaxError for what is not as it was written. */
export const openNote = (text: string): unknown => {
  const found = SEAL.exec(text);
  if (found && found[1] !== sumOf(text.slice(0, found.index)))
    throw new SyntaxError("it is damaged: its sum does not fit what it says");
  const value: unknown = JSON.parse(text);
  if (found && typeof value === "object" && value !== null && "sum" in value) delete value.sum;
  return value;
};
