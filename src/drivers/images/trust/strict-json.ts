/**
 * JSON by which trust is decided: read so that nobody can read it otherwise. JSON.parse takes the last of two equal keys in
 * silence; another reader takes the first. Objects are read key by key, and one that nobody asked for is an error.
 */
import { Invalid, quoted } from "../../../errors.ts";

/** Throws Invalid; `what` is its name in the error. */
export const parseStrictly = (text: string, what: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Invalid(`${what} is no JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const twice = keyTwice(text);
  if (twice !== undefined) throw new Invalid(`${what} has the key ${quoted(twice)} twice in one object`);
  return value;
};

/** Of a text that is JSON: strings and brackets are all that has to be seen, and a string before a colon is a key. */
const keyTwice = (text: string): string | undefined => {
  const objects: (Set<string> | undefined)[] = [];
  for (const [, string, colon, bracket] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|([{}[\]])/g)) {
    if (bracket === "{") objects.push(new Set());
    else if (bracket === "[") objects.push(undefined);
    else if (bracket !== undefined) objects.pop();
    else if (string !== undefined && colon !== undefined) {
      // Escapes spell one key in many ways.
      const key = JSON.parse(string) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
};

/** One object: each of its members is taken once, and `done` says what nobody took. */
export class Members {
  readonly #left: Map<string, unknown>;
  readonly #what: string;

  /** Throws Invalid for what is no object; `what` is its name in errors. */
  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Invalid(`${what} is no object`);
    this.#left = new Map(Object.entries(value));
    this.#what = what;
  }

  wrong(text: string): Invalid {
    return new Invalid(`${this.#what} ${text}`);
  }

  /** Undefined: it is not there. */
  take(key: string): unknown {
    const value = this.#left.get(key);
    this.#left.delete(key);
    return value;
  }

  text(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || typeof value === "string") return value;
    throw this.wrong(`has ${key} that is no text`);
  }

  /** Not empty where it is there. */
  texts(key: string): readonly string[] | undefined {
    const value = this.take(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")) return value;
    throw this.wrong(`has ${key} that is no list of texts with something in it`);
  }

  /** What is left, for objects whose keys are names. */
  rest(): readonly (readonly [name: string, value: unknown])[] {
    const rest = [...this.#left];
    this.#left.clear();
    return rest;
  }

  /** Throws Invalid for a member that nobody took. */
  done(): void {
    const [unknown] = this.#left.keys();
    if (unknown !== undefined) throw this.wrong(`has the unknown key ${quoted(unknown)}`);
  }
}
