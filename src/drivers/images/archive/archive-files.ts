/** The files of an image archive by their names: a directory, or a tar in which nothing is packed. For the command, not the daemon. */
import { createReadStream } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { Failed, failedBy, Invalid, quoted } from "../../../errors.ts";
import { isErrno } from "../../linux/libc.ts";
import { largestDocument } from "../registry.ts";
import { filesInTar, type TarPlace } from "./tar-places.ts";

export interface ArchivedFile {
  readonly size: number;
  /** From a byte on. */
  stream(offset: number): Readable;
  /** All of it. Throws Failed for what is larger than a document may be. */
  read(): Promise<Buffer>;
}

export interface ArchiveFiles {
  /** As the operator named it. */
  readonly path: string;
  /** Undefined: it has none of this name that is a regular file. */
  find(name: string): Promise<ArchivedFile | undefined>;
  close(): Promise<void>;
}

/** Throws Invalid for what is neither a directory nor a tar, Failed for what cannot be read. */
export const openArchiveFiles = async (path: string): Promise<ArchiveFiles> => {
  try {
    const root = await realpath(path);
    if ((await lstat(root)).isDirectory()) return filesOfDirectory(path, root);
    const file = await open(root, "r");
    try {
      return filesOfTar(path, root, file, await filesInTar(file));
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof Invalid) throw new Invalid(`${path} ${error.message}`, error);
    throw failedBy(`${path} cannot be read as an image archive`, error);
  }
};

const filesOfTar = (
  path: string,
  root: string,
  file: FileHandle,
  places: ReadonlyMap<string, TarPlace>,
): ArchiveFiles => ({
  path,
  async find(name) {
    const place = places.get(posix.normalize(name));
    return place && archived(name, root, place.size, place.offset);
  },
  close: () => file.close(),
});

const filesOfDirectory = (path: string, root: string): ArchiveFiles => ({
  path,
  async find(name) {
    const file = join(root, name);
    if (!file.startsWith(`${root}/`)) return undefined;
    try {
      // A link anywhere on the way would let an archive name what is none of it.
      const isItself = (await realpath(file)) === file;
      const { size, isFile } = await lstat(file).then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
      return isItself && isFile ? archived(name, file, size, 0) : undefined;
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw failedBy(`${name} cannot be read`, error);
    }
  },
  close: () => Promise.resolve(),
});

const archived = (name: string, file: string, size: number, at: number): ArchivedFile => {
  const stream = (offset: number): Readable =>
    offset < size ? createReadStream(file, { start: at + offset, end: at + size - 1 }) : Readable.from([]);
  return {
    size,
    stream,
    async read() {
      if (size > largestDocument)
        throw new Failed(`${quoted(name)} is larger than ${largestDocument} bytes, which no document of an image is`);
      const chunks: Buffer[] = [];
      for await (const chunk of stream(0) as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
};

/** Undefined: there is no such file. */
export const jsonOf = async (files: ArchiveFiles, name: string): Promise<unknown> => {
  const file = await files.find(name);
  if (!file) return undefined;
  const text = (await file.read()).toString();
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Failed(`${name} of ${files.path} is no JSON`, error);
  }
};
