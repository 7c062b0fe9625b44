/**
 * Compiled seccomp filters by key, in memory and as files `<dir>/<key>`: the digest of key and filter, then the filter. A file
 * that is not whole, or is another's, is deleted, never used. Nothing depends on the files: where they cannot be kept, memory
 * is all there is.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../linux/replace-file.ts";

export interface FilterStore {
  get(key: string): Buffer | undefined;
  /** What cannot be a filter is passed over. The one that was used least lately goes when there are too many. */
  put(key: string, filter: Buffer): void;
}

const DIGEST_BYTES = 32;
/** linux/bpf_common.h: struct sock_filter, and BPF_MAXINSNS of them. */
const INSTRUCTION_BYTES = 8;
const FILTER_BYTES = 4096 * INSTRUCTION_BYTES;

/** `dir` is made at first use. One with another owner, or open to others, is neither read nor written. */
export const filterStore = (dir: string, limit = 32): FilterStore => {
  let loaded: Map<string, Buffer> | undefined;
  let onDisk = false;
  const load = (): Map<string, Buffer> => {
    try {
      onDisk = makePrivate(dir);
      return new Map(onDisk ? filesIn(dir).slice(-limit) : []);
    } catch {
      return new Map(); // a full or broken filesystem is no reason not to start containers
    }
  };
  const filters = (): Map<string, Buffer> => (loaded ??= load());

  return {
    get(key) {
      const filter = filters().get(key);
      if (filter === undefined) return undefined;
      filters().delete(key);
      filters().set(key, filter);
      return filter;
    },

    put(key, filter) {
      if (!isFilter(filter)) return;
      const [oldest] = filters().keys();
      if (oldest !== undefined && filters().size >= limit) {
        filters().delete(oldest);
        if (onDisk) remove(join(dir, oldest));
      }
      filters().set(key, filter);
      if (onDisk) writeWhole(join(dir, key), Buffer.concat([digest(key, filter), filter]));
    },
  };
};

const isFilter = ({ length }: Buffer): boolean =>
  length > 0 && length <= FILTER_BYTES && length % INSTRUCTION_BYTES === 0;

const digest = (key: string, filter: Buffer): Buffer =>
  createHash("sha256").update(key).update("\n").update(filter).digest();

const makePrivate = (dir: string): boolean => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
};

/** What is whole, in the order of its writing; the rest is deleted. */
const filesIn = (dir: string): [string, Buffer][] =>
  readdirSync(dir)
    .map((name) => ({ name, writtenAt: lstatSync(join(dir, name)).mtimeMs }))
    .toSorted((a, b) => a.writtenAt - b.writtenAt)
    .flatMap(({ name }) => {
      const filter = readWhole(join(dir, name), name);
      if (filter) return [[name, filter]];
      rmSync(join(dir, name), { recursive: true, force: true });
      return [];
    });

const readWhole = (path: string, key: string): Buffer | undefined => {
  if (!lstatSync(path).isFile()) return undefined;
  const content = readFileSync(path);
  const filter = content.subarray(DIGEST_BYTES);
  return isFilter(filter) && content.subarray(0, DIGEST_BYTES).equals(digest(key, filter)) ? filter : undefined;
};

const writeWhole = (path: string, content: Buffer): void => {
  try {
    replaceFile(path, content);
  } catch {
    // It is compiled again then.
  }
};

const remove = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch {
    // On a filesystem that has become read-only. What stays is whole, or goes at the next load.
  }
};
