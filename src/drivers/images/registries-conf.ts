/**
 * containers-registries.conf(5), version 2: which registry stands behind a name, and who is asked before it. Read here are
 * `[[registry]]` and `[[registry.mirror]]`; what else the format knows is named in a warning, and has no effect.
 */
import { parse } from "smol-toml";
import { Invalid } from "../../errors.ts";

export type PullsBy = "all" | "digest-only" | "tag-only";

export interface MirrorRule {
  /** `host[:port][/path]`, put in the place of the prefix. */
  readonly location: string;
  readonly insecure: boolean;
  readonly pullsBy: PullsBy;
}

export interface RegistryRule {
  /** `host[:port][/path]` or `*.domain`. */
  readonly prefix: string;
  /** Put in the place of the prefix; absent, with `*.domain` alone: names stay as they are. */
  readonly location?: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  /** In the order in which they are asked. */
  readonly mirrors: readonly MirrorRule[];
  /** The file that says so. */
  readonly file: string;
}

export interface RegistriesConf {
  /** No two with the same prefix. */
  readonly rules: readonly RegistryRule[];
  /** What the files say that has no effect here, one sentence each. */
  readonly warnings: readonly string[];
}

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const REGISTRY_KEYS = ["prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror"];
const MIRROR_KEYS = ["location", "insecure", "pull-from-mirror"];
const PULLS_BY: readonly string[] = ["all", "digest-only", "tag-only"];

/** One file's values, each read with its kind; its errors name the file and the table. */
class Section {
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

const mirrorOf = (section: Section, digestsOnly: boolean): MirrorRule => {
  const location = section.place("location");
  if (location === "") throw section.wrong("has no location");
  const pullsBy = section.text("pull-from-mirror") || "all";
  if (!PULLS_BY.includes(pullsBy))
    throw section.wrong(`has pull-from-mirror = "${pullsBy}"; it is to be ${PULLS_BY.join(", ")}`);
  if (digestsOnly && section.text("pull-from-mirror") !== "")
    throw section.wrong("has pull-from-mirror, and its registry mirror-by-digest-only: only one of them can hold");
  return {
    location,
    insecure: section.flag("insecure"),
    pullsBy: digestsOnly ? "digest-only" : (pullsBy as PullsBy),
  };
};

const prefixOf = (section: Section, location: string): string => {
  const prefix = section.text("prefix");
  if (!prefix.startsWith("*.")) {
    if (location === "") throw section.wrong('has no location, which only a prefix like "*.example.com" goes without');
    return section.place("prefix") || location;
  }
  if (/[/@:\s]/.test(prefix))
    throw section.wrong(`has the prefix "${prefix}"; behind "*." there is to be a domain alone`);
  return prefix;
};

const ruleOf = (table: Table, file: string, warnings: string[]): RegistryRule => {
  const name = table["prefix"] ?? table["location"];
  const where = `${file}: the registry${typeof name === "string" ? ` "${name}"` : ""}`;
  const section = new Section(table, where);
  warnings.push(...section.unknown(REGISTRY_KEYS));
  const location = section.place("location");
  const prefix = prefixOf(section, location);
  const digestsOnly = section.flag("mirror-by-digest-only");
  const mirrors = section.tables("mirror").map((mirror, index) => {
    const inner = new Section(mirror, `${where}: its mirror ${index + 1}`);
    warnings.push(...inner.unknown(MIRROR_KEYS));
    return mirrorOf(inner, digestsOnly);
  });
  const flags = { insecure: section.flag("insecure"), blocked: section.flag("blocked") };
  return { prefix, ...(location && { location }), ...flags, mirrors, file };
};

const tableOf = (file: string, text: string): Table => {
  try {
    return parse(text);
  } catch (error) {
    throw new Invalid(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
};

/** Two rules for one place must agree on how it is spoken to: else the reference that was written would decide it. */
const checkAgreement = (rules: readonly RegistryRule[]): void => {
  const byLocation = new Map<string, RegistryRule>();
  for (const rule of rules) {
    if (rule.location === undefined) continue;
    const other = byLocation.get(rule.location) ?? rule;
    byLocation.set(rule.location, other);
    for (const flag of ["insecure", "blocked"] as const)
      if (other[flag] !== rule[flag])
        throw new Invalid(
          `${rule.file}: the registries "${other.prefix}" and "${rule.prefix}" have the same location ${rule.location}, and one of them says ${flag} = true, the other does not`,
        );
  }
};

/** Files in the order in which they hold: a later one's registry replaces an earlier one's with the same prefix. Throws Invalid. */
export const parseRegistriesConf = (
  files: readonly { readonly file: string; readonly text: string }[],
): RegistriesConf => {
  const rules = new Map<string, RegistryRule>();
  const warnings: string[] = [];
  for (const { file, text } of files) {
    const table = tableOf(file, text);
    if (isTable(table["registries"]))
      throw new Invalid(
        `${file} has [registries.…], the format's first version: write [[registry]] with prefix and location`,
      );
    const whole = new Section(table, `${file}:`);
    warnings.push(...whole.unknown(["registry"]));
    // Of equal prefixes in one file the first holds.
    for (const rule of whole
      .tables("registry")
      .map((one) => ruleOf(one, file, warnings))
      .toReversed())
      rules.set(rule.prefix, rule);
  }
  checkAgreement([...rules.values()]);
  return { rules: [...rules.values()], warnings };
};
