/** Where the files of a tar lie, for who wants some of them and not all bytes: headers are read, data is passed over. */
import type { FileHandle } from "node:fs/promises";
import { Failed, Invalid } from "../../../errors.ts";
import { posix } from "node:path";
import { malformed, shown } from "../tar-entry.ts";
import { isZeroBlock, parseHeader, untilNul } from "../tar-header.ts";
import { longestExtension, parsePax, type PaxOverrides } from "../tar-pax.ts";

export interface TarPlace {
  /** Of its first byte in the archive. */
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 512;
/** An image of 512 layers has a few for each; whoever has more is no image. */
const mostEntries = 100_000;
const packed: readonly (readonly [magic: string, name: string, unpack: string])[] = [
  ["1f8b", "gzip", "gunzip"],
  ["28b52ffd", "zstd", "unzstd"],
  ["fd377a58", "xz", "unxz"],
  ["425a68", "bzip2", "bunzip2"],
];

/** Regular files by their normalised names. Throws Invalid for what is no tar, Failed for one that is malformed. */
export const filesInTar = async (file: FileHandle): Promise<ReadonlyMap<string, TarPlace>> => {
  const places = new Map<string, TarPlace>();
  let pax: PaxOverrides | undefined;
  let longName: Buffer | undefined;
  for (let [at, entries] = [0, 0]; ; entries++) {
    const block = await bytesAt(file, at, BLOCK);
    if (at === 0) refusePacked(block);
    if (block.length < BLOCK || isZeroBlock(block)) return places;
    if (entries > mostEntries) throw new Failed(`it has more than ${mostEntries} entries, which no image needs`);
    const header = parseHeader(block);
    const offset = at + BLOCK;
    if ("xLK".includes(header.flag)) {
      if (header.size > longestExtension) throw malformed(`an extension header has ${header.size} bytes`);
      const body = await bytesAt(file, offset, header.size);
      if (header.flag === "x") pax = parsePax(body);
      else if (header.flag === "L") longName = untilNul(body);
      at = behind(offset, header.size);
      continue;
    }
    const name = longName ?? pax?.path ?? header.path;
    const size = pax?.size ?? header.size;
    const isFile = "\0" === header.flag || "07".includes(header.flag);
    if (header.flag === "S" || pax?.sparse) throw malformed(`${shown(name)} is sparse, as no part of an image is`);
    if (isFile) places.set(posix.normalize(name.toString()), { offset, size });
    // Of links and directories a size says nothing: no data follows.
    at = behind(offset, isFile || header.flag === "g" ? size : 0);
    [pax, longName] = [undefined, undefined];
  }
};

const behind = (offset: number, size: number): number => {
  if (size < 0 || !Number.isSafeInteger(offset + size)) throw malformed(`an entry has the size ${size}`);
  return offset + Math.ceil(size / BLOCK) * BLOCK;
};

const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

const refusePacked = (start: Buffer): void => {
  const hex = start.toString("hex", 0, 6);
  const found = packed.find(([magic]) => hex.startsWith(magic));
  if (found) throw new Invalid(`is packed with ${found[1]}: unpack it first (${found[2]})`);
  if (start.length < BLOCK || start.toString("latin1", 257, 262) !== "ustar")
    throw new Invalid("is neither a directory nor a tar archive");
};
