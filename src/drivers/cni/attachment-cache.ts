/**
 * What was attached, and how: one file an attachment in libcni's own format, so that `cnitool` and other runtimes can clean up
 * after us, and we after ourselves: a DEL takes the configuration and the result from here, not from today's directory.
 *
 * A file is written before the first ADD, then without a result, and again after the last one.
 */
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failed, toFailure } from "../../errors.ts";
import { ID_PATTERN, shortId, type SandboxId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { namesIn } from "../linux/listing.ts";
import type { CniArgs } from "./cni-args.ts";
import { conflistText, parseConflist, type Conflist } from "./conflist.ts";
import { asArray, asObject, asString, parseObject, type JsonObject } from "./json.ts";

export interface Attachment {
  readonly id: SandboxId;
  readonly conflist: Conflist;
  readonly netns: string;
  readonly cniArgs: CniArgs;
  readonly capabilityArgs: JsonObject;
  /** Absent: not every ADD has ended well. */
  readonly result?: JsonObject | undefined;
}

/** A file of the cache; `attachment` is absent where it cannot be read: after a power cut it may be empty. */
export interface CacheFile {
  readonly path: string;
  readonly attachment?: Attachment;
}

export interface AttachmentCache {
  write(attachment: Attachment): Promise<void>;
  find(id: SandboxId): Promise<readonly CacheFile[]>;
  delete(file: CacheFile): Promise<void>;
  /** Deletes what a daemon that died in `write` left of this sandbox. */
  tidy(id: SandboxId): Promise<void>;
}

/** Tells our files from those of plugins which delegate, such as Multus: they cache under the same container id. */
const writer = "troupe";

const encode = ({ id, conflist, netns, cniArgs, capabilityArgs, result }: Attachment, ifName: string): string =>
  JSON.stringify({
    kind: "cniCacheV1",
    containerId: id,
    config: Buffer.from(conflistText(conflist)).toString("base64"),
    ifName,
    networkName: conflist.name,
    netns,
    cniArgs,
    capabilityArgs,
    result,
    writer,
  });

const decode = (id: SandboxId, file: JsonObject): Attachment => ({
  id,
  conflist: parseConflist(Buffer.from(asString(file["config"]), "base64").toString()),
  netns: asString(file["netns"]),
  cniArgs: asArray(file["cniArgs"]).map((pair) => [asString(asArray(pair)[0]), asString(asArray(pair)[1])] as const),
  capabilityArgs: asObject(file["capabilityArgs"]) ?? {},
  result: asObject(file["result"]),
});

/** Undefined: another's file. */
const readCacheFile = async (path: string, id: SandboxId): Promise<CacheFile | undefined> =>
  cacheFile(path, id, await readFile(path, "utf8"));

const cacheFile = (path: string, id: SandboxId, text: string): CacheFile | undefined => {
  try {
    const file = parseObject(text);
    return file["writer"] === writer ? { path, attachment: decode(id, file) } : undefined;
  } catch {
    return { path };
  }
};

export const attachmentCache = (cacheDir: string, ifName: string): AttachmentCache => {
  const dir = join(cacheDir, "results");
  const namesWith = async (ending: string): Promise<readonly string[]> => {
    try {
      return (await readdir(dir)).filter((name) => name.endsWith(ending));
    } catch (error) {
      if (isErrno(error, "ENOENT")) return [];
      throw error;
    }
  };
  return {
    write: async (attachment) => {
      const path = join(dir, `${attachment.conflist.name}-${attachment.id}-${ifName}`);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        // libcni writes in place; nobody should find half a file, so this has a name that `find` does not match.
        await writeFile(`${path}.new`, encode(attachment, ifName), { mode: 0o600 });
        await rename(`${path}.new`, path);
      } catch (error) {
        throw new Failed(
          `cannot note down the attachment of ${shortId(attachment.id)}: ${toFailure(error).text}`,
          error,
        );
      }
    },

    find: async (id) => {
      const own = await namesWith(`-${id}-${ifName}`);
      const files = await Promise.all(own.map((name) => readCacheFile(join(dir, name), id)));
      return files.filter((file) => file !== undefined);
    },

    delete: async ({ path }) => {
      await rm(path, { force: true });
    },

    tidy: async (id) => {
      for (const name of await namesWith(`-${id}-${ifName}.new`)) await rm(join(dir, name), { force: true });
    },
  };
};

/** A file of the cache that is ours, of any sandbox; `unknown`: it cannot be read, and may be another's. */
export interface Note extends CacheFile {
  readonly id: SandboxId;
  readonly whose: "ours" | "unknown";
}

/** For who only looks: those of all sandboxes, with what a daemon that died in `write` has left. */
export const readNotes = (cacheDir: string, ifName: string): readonly Note[] => {
  const pattern = new RegExp(`-(${ID_PATTERN})-${ifName}(\\.new)?$`);
  return namesIn(join(cacheDir, "results")).flatMap((name): readonly Note[] => {
    const [, digits, unfinished] = pattern.exec(name) ?? [];
    if (digits === undefined) return [];
    const [id, path] = [digits as SandboxId, join(cacheDir, "results", name)];
    if (unfinished) return [{ id, path, whose: "ours" }];
    const file = cacheFile(path, id, textIfThere(path));
    return file ? [{ ...file, id, whose: file.attachment ? "ours" : "unknown" }] : [];
  });
};

const textIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "{}"; // deleted just now: nobody's
    throw error;
  }
};
