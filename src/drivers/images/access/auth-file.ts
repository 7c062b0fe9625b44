/**
 * containers-auth.json(5), which docker's config.json is too: credentials by repository, by a repository's parents, or by host.
 * Nothing of what such a file holds may stand in an error: JSON's own words would quote it.
 */
import { Invalid, quoted } from "../../../errors.ts";
import { basicCredentials, type Credentials } from "../credentials.ts";

interface Entry {
  readonly auth: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

export interface AuthFile {
  readonly file: string;
  /** By the key under which they stand. */
  readonly auths: ReadonlyMap<string, Entry>;
  /** Names of helpers by host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** `~/.dockercfg`: hosts alone are its keys, often as URLs. */
  readonly legacy: boolean;
}

type Table = Readonly<Record<string, unknown>>;

const tableIn = (file: string, value: unknown, what: string): Table => {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Table;
  throw new Invalid(`${file} is no file of credentials: ${what} is no JSON object`);
};

const textIn = (file: string, table: Table, key: string, of: string): string => {
  const value = table[key] ?? "";
  if (typeof value === "string") return value;
  throw new Invalid(`${file} is no file of credentials: ${key} of ${quoted(of)} is no text`);
};

/** Throws Invalid, naming the file. */
export const parseAuthFile = (file: string, text: string, legacy = false): AuthFile => {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    throw new Invalid(`${file} is no file of credentials: it is no JSON`);
  }
  const top = tableIn(file, whole, "it");
  const auths = legacy ? top : tableIn(file, top["auths"], "auths");
  const helpers = legacy ? {} : tableIn(file, top["credHelpers"], "credHelpers");
  const entryOf = (key: string): Entry => {
    const entry = tableIn(file, auths[key], `the entry ${quoted(key)}`);
    const read = (field: string): string => textIn(file, entry, field, key);
    return { auth: read("auth"), identityToken: read("identitytoken"), registryToken: read("registrytoken") };
  };
  return {
    file,
    auths: new Map(Object.keys(auths).map((key) => [key, entryOf(key)])),
    helpers: new Map(Object.keys(helpers).map((key) => [key, textIn(file, helpers, key, "credHelpers")])),
    legacy,
  };
};

/** `quay.io/team/app`, `quay.io/team`, `quay.io` */
const placesOf = (name: string): readonly string[] => {
  const parts = name.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
};

/** The host that an old key means: `https://index.docker.io/v1/`, `http://quay.io`. */
const hostIn = (key: string, legacy: boolean): string => {
  const bare = key.replace(/^https?:\/\//, "");
  return canonical(bare !== key || legacy ? (bare.split("/")[0] ?? "") : bare);
};

const canonical = (host: string): string =>
  ["index.docker.io", "registry-1.docker.io"].includes(host) ? "docker.io" : host;

const credentialsIn = (file: string, key: string, { auth, identityToken, registryToken }: Entry) => {
  if (identityToken !== "") return { kind: "identity", token: identityToken } as const;
  if (registryToken !== "") {
    if (/^[\x21-\x7e]+$/.test(registryToken)) return { kind: "bearer", token: registryToken } as const;
    throw new Invalid(`${file}: registrytoken of ${quoted(key)} has characters that no token can have`);
  }
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}\s*$/.test(auth)) throw new Invalid(`${file}: auth of ${quoted(key)} is no base64`);
  return basicCredentials(auth);
};

export interface FoundInFile {
  readonly credentials: Credentials;
  /** Under which it stands. */
  readonly key: string;
}

/**
 * For the repository `name` (`quay.io/team/app`): the entry of the longest part of it, else of an old key that means its host.
 * An entry without credentials (`{}`) ends the search in this file. Throws Invalid.
 */
export const findInFile = ({ file, auths, legacy }: AuthFile, name: string): FoundInFile | undefined => {
  const host = placesOf(name).at(-1) ?? "";
  const exact = (legacy ? [host] : placesOf(name)).find((place) => auths.has(place));
  const key = exact ?? [...auths.keys()].find((one) => hostIn(one, legacy) === canonical(host));
  const entry = key === undefined ? undefined : auths.get(key);
  if (key === undefined || !entry) return undefined;
  const credentials = credentialsIn(file, key, entry);
  return credentials && { credentials, key };
};
