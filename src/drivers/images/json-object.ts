/** JSON of strangers: what it is has to be seen before it is used. */
import { Failed } from "../../errors.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Throws Failed; `what` is its name in the error. */
export const asObject = (value: unknown, what: string): JsonObject => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Failed(`${what} is no JSON object`);
};

/** Absent and null are an empty list, as Go's decoder has it. */
export const asTexts = (value: unknown, what: string): readonly string[] => {
  const list: unknown = value ?? [];
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw new Failed(`${what} is no list of texts`);
};

/** Absent and null are the empty text. */
export const asText = (value: unknown, what: string): string => {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new Failed(`${what} is no text`);
};

/** A stranger's value in an error: short, whatever it is. */
export const told = (value: unknown): string => {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};
