/** Fields of a CDI document, read as strictly as CDI wants it: an unknown one makes the whole file bad, for it may matter. */

type Json = Readonly<Record<string, unknown>>;
/** Throws Error with a text that begins with `at`, the field's full name. */
type Read<Value> = (at: string, value: unknown) => Value;
type Shape = Readonly<Record<string, Read<unknown>>>;
type Values<Fields extends Shape> = { readonly [Name in keyof Fields]?: ReturnType<Fields[Name]> };

const bad = (at: string, is: string): Error => new Error(`${at} is no ${is}`);

export const text: Read<string> = (at, value) => {
  if (typeof value !== "string" || value.includes("\0")) throw bad(at, "string");
  return value;
};

export const truth: Read<boolean> = (at, value) => {
  if (typeof value !== "boolean") throw bad(at, "boolean");
  return value;
};

export const count: Read<number> = (at, value) => {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) >= 2 ** 32) throw bad(at, "number from 0 on");
  return Number(value);
};

export const path: Read<string> = (at, value) => {
  if (!text(at, value).startsWith("/")) throw bad(at, "absolute path");
  return text(at, value);
};

export const variable: Read<string> = (at, value) => {
  if (!/^[^=]+=/.test(text(at, value))) throw bad(at, "NAME=value");
  return text(at, value);
};

export const oneOf =
  <Word extends string>(...words: readonly Word[]): Read<Word> =>
  (at, value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Error(`${at} is ${JSON.stringify(value)}, which is none of ${words.join(", ")}`);
    return found;
  };

export const matching =
  (pattern: RegExp, is: string): Read<string> =>
  (at, value) => {
    if (!pattern.test(text(at, value))) throw bad(at, is);
    return text(at, value);
  };

export const list =
  <Value>(read: Read<Value>): Read<readonly Value[]> =>
  (at, value) => {
    if (!Array.isArray(value)) throw bad(at, "list");
    return value.map((one, n) => read(`${at}[${n}]`, one));
  };

/** Fields that are absent, or null as Go writes empty lists, are absent in the answer. */
export const shape =
  <Fields extends Shape>(fields: Fields, ...required: readonly (keyof Fields & string)[]): Read<Values<Fields>> =>
  (at, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(at, "object");
    const given = Object.entries(value as Json).filter(([, one]) => one !== null);
    const unknown = given.find(([name]) => !Object.hasOwn(fields, name));
    if (unknown) throw new Error(`${at} has the unknown field "${unknown[0]}"`);
    const missing = required.find((name) => !given.some(([one]) => one === name));
    if (missing !== undefined) throw new Error(`${at} has no ${missing}`);
    return Object.fromEntries(
      given.map(([name, one]) => [name, fields[name]?.(`${at}.${name}`, one)]),
    ) as Values<Fields>;
  };

/** Whatever it is. */
export const anything: Read<unknown> = (_, value) => value;
