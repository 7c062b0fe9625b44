/** Reads settings files, key by key: what is known goes to `values`, what is not becomes a warning with "did you mean". */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { Invalid } from "../errors.ts";
import { distance } from "../vocabulary/spelling.ts";
import { HANDLERS, readHandler, type RuntimeHandler } from "./handlers.ts";

type Kind = "string" | "number" | "boolean" | "strings";
export type Value = string | number | boolean | readonly string[];

/** For whom a new value holds that a running daemon takes over; a key without such a word needs a restart. */
export type Reach = "from now on" | "for new containers" | "for new pods" | "for new pulls";

/** Keys by their full names, each with its kind, what holds without it, and whether a running daemon takes it over. */
export type Keys = Readonly<Record<string, { readonly kind: Kind; readonly preset?: Value; readonly reach?: Reach }>>;

/** What the files say, key by key, and not yet what it means. */
export interface Read {
  readonly values: Map<string, Value>;
  readonly handlers: Map<string, RuntimeHandler>;
  /** What this version does not know, one sentence each. */
  readonly warnings: string[];
}

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves of a TOML document by their full names. */
const flatten = (table: Table, prefix: string): [string, unknown][] =>
  Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as [string, unknown]],
  );

const fits = (kind: Kind, value: unknown): value is Value =>
  kind === "strings" ? Array.isArray(value) && value.every((one) => typeof one === "string") : typeof value === kind;

const didYouMean = (key: string, keys: Keys): string => {
  const [best] = Object.keys(keys).toSorted((a, b) => distance(a, key) - distance(b, key));
  return best && distance(best, key) <= Math.max(3, key.length / 4) ? `; did you mean ${best}?` : "";
};

/** Throws Invalid, naming file and key, for what is no TOML and for a value of the wrong kind. */
export const readFile = (file: string, keys: Keys, read: Read): void => {
  let table: Table;
  try {
    table = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Invalid(
      `${file} cannot be read as settings: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  for (const [key, value] of flatten(table, "")) {
    const known = keys[key];
    if (key.startsWith(`${HANDLERS}.`)) readHandler(file, key, value, read);
    else if (!known) read.warnings.push(`${file}: unknown key ${key} is ignored${didYouMean(key, keys)}`);
    else if (!fits(known.kind, value))
      throw new Invalid(
        `${file}: ${key} is to be ${known.kind === "strings" ? "a list of strings" : `a ${known.kind}`}`,
      );
    else read.values.set(key, value);
  }
};

/** `main`, then what lies in `dropIns`, by name: a later one overrides key by key. */
export const filesOf = (main: string, dropIns: string): string[] => [
  ...(existsSync(main) ? [main] : []),
  ...(existsSync(dropIns)
    ? readdirSync(dropIns)
        .filter((name) => name.endsWith(".toml"))
        .toSorted()
        .map((name) => join(dropIns, name))
    : []),
];
