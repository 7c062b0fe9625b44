/** The configuration directory: which networks its files describe, and what is wrong with the others. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Invalid, toFailure } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { parseConflist, parseLonePlugin, parsePlugin, type Conflist } from "./conflist.ts";

/** A file that describes a network, or why it does not. */
export type Candidate = { readonly file: string } & ({ readonly conflist: Conflist } | { readonly problem: string });

/** Names of regular files with one of these endings, in bytewise order; none where there is no directory. */
const filesIn = async (dir: string, endings: readonly string[]): Promise<readonly string[]> => {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && endings.includes(extname(entry.name)))
      .map(({ name }) => name)
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
};

const withSeparatePlugins = async (dir: string, conflist: Conflist): Promise<Conflist> => {
  if (conflist.onlyInlined) return conflist;
  const own = join(dir, conflist.name);
  const files = await filesIn(own, [".conf"]);
  const more = await Promise.all(files.map(async (file) => parsePlugin(await readFile(join(own, file), "utf8"))));
  return { ...conflist, plugins: [...conflist.plugins, ...more] };
};

const readCandidate = async (dir: string, file: string): Promise<Candidate> => {
  try {
    const text = await readFile(join(dir, file), "utf8");
    const conflist =
      extname(file) === ".conflist" ? await withSeparatePlugins(dir, parseConflist(text)) : parseLonePlugin(text);
    if (conflist.plugins.length === 0) throw new Invalid(`network "${conflist.name}" has no plugins`);
    return { file, conflist };
  } catch (error) {
    return { file, problem: toFailure(error).text };
  }
};

/** What each file of the directory describes, in the order in which they are to be tried. */
export const readNetworks = async (dir: string): Promise<readonly Candidate[]> => {
  const files = await filesIn(dir, [".conf", ".conflist", ".json"]);
  return Promise.all(files.map((file) => readCandidate(dir, file)));
};
