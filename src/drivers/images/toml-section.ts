/** A table of a TOML file, read key by key: what is of another kind than it has to be is an error that says where. */
import { parse } from "smol-toml";
import { Invalid } from "../../errors.ts";

export type Table = Readonly<Record<string, unknown>>;
export const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Throws Invalid for what is no TOML. */
export const tableOf = (file: string, text: string): Table => {
  try {
    return parse(text);
  } catch (error) {
    throw new Invalid(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
};

/** One table's values, each read with its kind; its errors (Invalid) name the file and the table. */
export class Section {
  readonly #table: Table;
  readonly #where: string;
  constructor(table: Table, where: string) {
    this.#table = table;
    this.#where = where;
  }

  wrong(text: string): Invalid {
    return new Invalid(`${this.#where} ${text}`);
  }

  text(key: string): string {
    const value = this.#table[key] ?? "";
    if (typeof value !== "string") throw this.wrong(`has a ${key} that is no string`);
    return value;
  }

  flag(key: string): boolean {
    const value = this.#table[key] ?? false;
    if (typeof value !== "boolean")
      throw this.wrong(`has ${key} = ${JSON.stringify(value)}; it is to be true or false`);
    return value;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.#table[key];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw this.wrong(`has a ${key} that is no list of strings`);
  }

  tables(key: string): readonly Table[] {
    const value = this.#table[key] ?? [];
    if (!Array.isArray(value) || !value.every(isTable)) throw this.wrong(`has a ${key} that is no [[list]] of tables`);
    return value;
  }

  /** A place that images are at: no scheme, and a host that cannot be taken for Docker Hub's first path. */
  place(key: string): string {
    const value = this.text(key).replace(/\/$/, "");
    if (value === "") return value;
    if (value.includes("://"))
      throw this.wrong(`has ${key} "${value}"; it is to be without a scheme: host[:port][/path]`);
    const [host = "", ...path] = value.split("/");
    if (host !== "localhost" && !/[.:]/.test(host))
      throw this.wrong(`has ${key} "${value}", which begins with no host: "${host}" has neither a dot nor a port`);
    if (/[@\s]/.test(value) || path.some((part) => part === "" || part.includes(":")))
      throw this.wrong(`has ${key} "${value}"; it is to be host[:port][/path], without tag and digest`);
    return value;
  }

  unknown(known: readonly string[]): readonly string[] {
    return Object.keys(this.#table)
      .filter((key) => !known.includes(key))
      .map((key) => `${this.#where} has ${key}, which has no effect here; known: ${known.join(", ")}`);
  }
}
