/**
 * containers-registries.d(5): whether signatures lie beside an image in its registry. Each scope, and `default-docker`, stands
 * once in all files; the most specific scope holds, alone.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { Cancelled, Invalid, quoted, toFailure } from "../../../errors.ts";
import { Members } from "./strict-json.ts";

export interface SignatureStorage {
  /** Signatures by cosign are looked for in the registry. */
  readonly sigstoreAttachments: boolean;
  /** The scope and its file, in words; absent: no file speaks of it. */
  readonly by?: string;
}

const KEYS = ["lookaside", "lookaside-staging", "sigstore", "sigstore-staging"];

/** For the repository `place` as it is named at the host that is asked. Throws Invalid and Cancelled. */
export const signatureStorageFor = async (
  directory: string,
  place: string,
  signal: AbortSignal,
): Promise<SignatureStorage> => {
  const scopes = await readScopes(directory, signal);
  const parts = place.split("/");
  const places = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const labels = (parts[0] ?? "").replace(/:\d+$/, "").split(".");
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  for (const scope of [...places, ...wildcards, ""]) {
    const found = scopes.get(scope);
    if (found) return found;
  }
  return { sigstoreAttachments: false };
};

/** By scope; "" is `default-docker`. */
const readScopes = async (directory: string, signal: AbortSignal): Promise<ReadonlyMap<string, SignatureStorage>> => {
  const names = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Invalid(`${directory} cannot be read: ${toFailure(error).text}`, error);
  });
  const scopes = new Map<string, SignatureStorage>();
  for (const name of names.filter((one) => one.endsWith(".yaml")).toSorted()) {
    const file = join(directory, name);
    const add = (scope: string, value: unknown): void => {
      const what = scope === "" ? "default-docker" : `the scope ${quoted(scope)}`;
      if (scopes.has(scope)) throw new Invalid(`${file} has ${what}, which another file or line has too`);
      scopes.set(scope, storageOf(value, `${file}: ${what}`, `${what} in ${file}`));
    };
    const top = new Members((await readYaml(file, signal)) ?? {}, `${file}:`);
    const [preset, docker] = [top.take("default-docker"), top.take("docker")];
    top.done();
    if (preset !== undefined) add("", preset);
    for (const [scope, value] of new Members(docker ?? {}, `${file}: docker`).rest()) add(scope, value);
  }
  return scopes;
};

const storageOf = (value: unknown, what: string, by: string): SignatureStorage => {
  const members = new Members(value, what);
  const attachments = members.take("use-sigstore-attachments") ?? false;
  if (typeof attachments !== "boolean")
    throw members.wrong("has use-sigstore-attachments that is neither true nor false");
  for (const key of KEYS) members.text(key);
  members.done();
  return { sigstoreAttachments: attachments, by };
};

const readYaml = async (file: string, signal: AbortSignal): Promise<unknown> => {
  try {
    return parse(await readFile(file, { encoding: "utf8", signal }));
  } catch (error) {
    if (signal.aborted) throw new Cancelled(`reading ${file} was called off`);
    throw new Invalid(`${file} cannot be read: ${toFailure(error).text}`, error);
  }
};
