/** The files that say which registries there are: registries.conf, and what lies beside it in registries.conf.d/*.conf. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Cancelled, Invalid } from "../../errors.ts";
import type { ConfFile } from "./registries-conf.ts";

/** What `read` gives; `absent` where there is no such file, which is fine. */
const orAbsent = async <T>(path: string, read: Promise<T>, absent: T): Promise<T> => {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw new Cancelled(`reading ${path} was called off`);
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
    throw new Invalid(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
};

/** Their texts, in the order in which they hold. Throws Invalid for one that is there and cannot be read, and Cancelled. */
export const readRegistriesFiles = async (path: string, signal: AbortSignal): Promise<readonly ConfFile[]> => {
  const dropIns = `${path}.d`;
  const names = (await orAbsent(dropIns, readdir(dropIns), [])).filter((name) => name.endsWith(".conf")).toSorted();
  const files = [path, ...names.map((name) => join(dropIns, name))];
  const texts = await Promise.all(files.map((file) => readIfThere(file, signal)));
  return texts.flat();
};

/** Aliases that another tool has noted on this node; none where there is no such file. Throws as above. */
export const readShortNameAliases = (file: string, signal: AbortSignal): Promise<readonly ConfFile[]> =>
  readIfThere(file, signal);

const readIfThere = async (file: string, signal: AbortSignal): Promise<readonly ConfFile[]> => {
  const text = await orAbsent<string | undefined>(file, readFile(file, { encoding: "utf8", signal }), undefined);
  return text === undefined ? [] : [{ file, text }];
};
