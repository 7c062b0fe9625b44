/** The files that say which registries there are: registries.conf, and what lies beside it in registries.conf.d/*.conf. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Cancelled, Invalid } from "../../errors.ts";

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
export const readRegistriesFiles = async (
  path: string,
  signal: AbortSignal,
): Promise<readonly { readonly file: string; readonly text: string }[]> => {
  const dropIns = `${path}.d`;
  const names = (await orAbsent(dropIns, readdir(dropIns), [])).filter((name) => name.endsWith(".conf")).toSorted();
  const files = [path, ...names.map((name) => join(dropIns, name))];
  const texts = await Promise.all(
    files.map(async (file) => ({
      file,
      text: await orAbsent<string | undefined>(file, readFile(file, { encoding: "utf8", signal }), undefined),
    })),
  );
  return texts.flatMap(({ file, text }) => (text === undefined ? [] : [{ file, text }]));
};
