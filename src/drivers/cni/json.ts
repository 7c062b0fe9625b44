/** JSON as it came: network configurations and results are handed on with all that their authors put in. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const asObject = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

export const asArray = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const asString = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Throws SyntaxError, also for JSON that is no object. */
export const parseObject = (text: string): JsonObject => {
  const value: Json = JSON.parse(text);
  if (!isObject(value)) throw new SyntaxError("it is no JSON object");
  return value;
};

/** The beginning of foreign text, quoted on one line, for an error's text. */
export const excerpt = (text: string, limit = 200): string => {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length > limit ? `${trimmed.slice(0, limit)}…` : trimmed);
};
