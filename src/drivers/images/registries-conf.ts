/**
 * containers-registries.conf(5), version 2: which registry stands behind a name, who is asked before it, and what a name without
 * a host stands for. What the format does not know is named in a warning, and has no effect.
 */
import { Invalid } from "../../errors.ts";
import { shortNamesOf, type ShortNames } from "./short-names.ts";
import { isTable, Section, tableOf, type Table } from "./toml-section.ts";

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
  readonly shortNames: ShortNames;
  /** Who is asked for credentials, in this order: programs `docker-credential-NAME`, and `containers-auth.json` for the files. */
  readonly credentialHelpers: readonly string[];
  /** What the files say that has no effect here, one sentence each. */
  readonly warnings: readonly string[];
}

/** A configuration file as it was read. */
export interface ConfFile {
  readonly file: string;
  readonly text: string;
}

/** The word of `credential-helpers` for containers-auth.json(5), in the places where that is looked for. */
export const AUTH_FILES = "containers-auth.json";

const REGISTRY_KEYS = ["prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror"];
const MIRROR_KEYS = ["location", "insecure", "pull-from-mirror"];
const PULLS_BY: readonly string[] = ["all", "digest-only", "tag-only"];

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

/** What is asked where no file says otherwise. */
const PRESET_HELPERS: readonly string[] = [AUTH_FILES];

const TOP_KEYS = ["registry", "unqualified-search-registries", "short-name-mode", "credential-helpers", "aliases"];

const checkVersion = (file: string, table: Table): void => {
  if (isTable(table["registries"]))
    throw new Invalid(
      `${file} has [registries.…], the format's first version: write [[registry]] with prefix and location`,
    );
};

/**
 * Files in the order in which they hold: a later one's registry replaces an earlier one's with the same prefix. `aliases`: of
 * these nothing but `[aliases]` counts, and before all others. Throws Invalid.
 */
export const parseRegistriesConf = (files: readonly ConfFile[], aliases: readonly ConfFile[] = []): RegistriesConf => {
  const rules = new Map<string, RegistryRule>();
  const warnings: string[] = [];
  let credentialHelpers = PRESET_HELPERS;
  const tables = files.map(({ file, text }) => ({ file, table: tableOf(file, text) }));
  for (const { file, table } of tables) {
    checkVersion(file, table);
    const whole = new Section(table, `${file}:`);
    warnings.push(...whole.unknown(TOP_KEYS));
    credentialHelpers = whole.texts("credential-helpers") ?? credentialHelpers;
    // Of equal prefixes in one file the first holds.
    for (const rule of whole
      .tables("registry")
      .map((one) => ruleOf(one, file, warnings))
      .toReversed())
      rules.set(rule.prefix, rule);
  }
  checkAgreement([...rules.values()]);
  const noted = aliases.map(({ file, text }) => ({ file, table: { aliases: tableOf(file, text)["aliases"] } }));
  const shortNames = shortNamesOf([...tables, ...noted]);
  return { rules: [...rules.values()], shortNames, credentialHelpers, warnings };
};
