/**
 * What a name without a host stands for (containers-registries.conf(5)): an alias, else the name at each of
 * `unqualified-search-registries`. Where no file has that key at all it is Docker Hub's, as Kubernetes documents it.
 */
import { Failed, quoted } from "../../errors.ts";
import { atHost, formatReference, parseWritten, type Reference, type WrittenReference } from "./reference.ts";
import { isTable, Section, type Table } from "./toml-section.ts";

const MODES = ["enforcing", "permissive", "disabled"] as const;
/** `enforcing`: nobody guesses between several hosts. The other two are the same here: there is nobody who could be asked. */
export type ShortNameMode = (typeof MODES)[number];

interface Alias {
  readonly domain: string;
  readonly path: string;
  readonly file: string;
}

export interface ShortNames {
  /** By name, as it is written. */
  readonly aliases: ReadonlyMap<string, Alias>;
  /** Absent: no file says. */
  readonly search?: { readonly hosts: readonly string[]; readonly file: string };
  readonly mode?: { readonly is: ShortNameMode; readonly file: string };
}

/** One of the things that a written reference may mean. */
export interface Candidate {
  readonly reference: Reference;
  /** Why, in words: `the alias in /etc/…`. */
  readonly because: string;
}

const aliasOf = (name: string, value: string, section: Section, file: string): Alias => {
  const plain = (what: string, text: string): WrittenReference => {
    const parsed = parseWritten(text);
    if (/[@:]/.test(text.slice(text.lastIndexOf("/") + 1))) throw section.wrong(`has ${what} with a tag or a digest`);
    return parsed;
  };
  if (plain(`the name ${quoted(name)}`, name).domain !== undefined)
    throw section.wrong(`has the name ${quoted(name)}, which has a host already`);
  const { domain, path } = plain(`for ${quoted(name)} ${quoted(value)}`, value);
  if (domain === undefined) throw section.wrong(`has for ${quoted(name)} ${quoted(value)}, which has no host`);
  return { domain, path, file };
};

const modeOf = (section: Section): ShortNameMode | undefined => {
  const word = section.text("short-name-mode");
  const mode = MODES.find((one) => one === word);
  if (word !== "" && mode === undefined)
    throw section.wrong(`has short-name-mode = ${quoted(word)}; it is to be ${MODES.join(", ")}`);
  return mode;
};

const hostsOf = (section: Section): readonly string[] | undefined => {
  const key = "unqualified-search-registries";
  return section.texts(key)?.map((host) => {
    if (host.includes("/") || parseHost(host) === undefined)
      throw section.wrong(`has ${quoted(host)} in ${key}; each is to be a host[:port]`);
    return host;
  });
};

const parseHost = (host: string): string | undefined => {
  try {
    return parseWritten(`${host}/x`).domain;
  } catch {
    return undefined; // said by who asks
  }
};

/** Files in the order in which they hold: lists and the mode of the last that has them, aliases name by name. Throws Invalid. */
export const shortNamesOf = (tables: readonly { readonly file: string; readonly table: Table }[]): ShortNames => {
  const aliases = new Map<string, Alias>();
  let [search, mode]: [ShortNames["search"], ShortNames["mode"]] = [undefined, undefined];
  for (const { file, table } of tables) {
    const section = new Section(table, `${file}:`);
    const [hosts, is] = [hostsOf(section), modeOf(section)];
    if (hosts) search = { hosts, file };
    if (is) mode = { is, file };
    const own = table["aliases"] ?? {};
    if (!isTable(own)) throw section.wrong("has aliases that are no table");
    const inner = new Section(own, `${file}: [aliases]`);
    for (const name of Object.keys(own)) {
      const value = inner.text(name);
      if (value === "") aliases.delete(name);
      else aliases.set(name, aliasOf(name, value, inner, file));
    }
  }
  return { aliases, ...(search && { search }), ...(mode && { mode }) };
};

/** All that `written` may mean, the first one first; empty where the files leave it no host. */
export const meaningsOf = (written: WrittenReference, { aliases, search }: ShortNames): readonly Candidate[] => {
  const { domain, path, ...rest } = written;
  if (domain !== undefined) return [{ reference: { ...rest, domain, path }, because: "as written" }];
  const alias = aliases.get(path);
  if (alias)
    return [{ reference: { ...rest, domain: alias.domain, path: alias.path }, because: `the alias in ${alias.file}` }];
  if (!search)
    return [
      { reference: atHost(written, "docker.io"), because: "Docker Hub, for no unqualified-search-registries are set" },
    ];
  const because = `unqualified-search-registries in ${search.file}`;
  return search.hosts.map((host) => ({ reference: atHost(written, host), because }));
};

/**
 * What is tried for `written`, in this order. `mode` is the node's own word; absent, the files' holds, else enforcing. Throws
 * Failed, naming the file, where nothing is to be tried.
 */
export const candidatesFor = (
  written: WrittenReference,
  shortNames: ShortNames,
  mode?: ShortNameMode,
): readonly Candidate[] => {
  const candidates = meaningsOf(written, shortNames);
  const [first, ...more] = candidates;
  const { file = "" } = shortNames.search ?? {};
  const name = `the short name ${quoted(written.path)}`;
  if (!first)
    throw new Failed(
      `${name} stands for nothing: it has no alias, and unqualified-search-registries in ${file} is empty`,
    );
  if (more.length === 0 || (mode ?? shortNames.mode?.is ?? "enforcing") !== "enforcing") return candidates;
  const meant = candidates.map(({ reference }) => formatReference(reference)).join(", ");
  throw new Failed(
    `${name} may be any of ${meant} (unqualified-search-registries in ${file}), and short-name-mode is enforcing: write the host, or an alias for it`,
  );
};
