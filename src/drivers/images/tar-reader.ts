/**
 * A tar archive as entries for a sink. Fed in chunks, and all in one turn: nothing here waits, so that a layer's thousands
 * of small files cost no promises.
 *
 *   [x: pax | g: ignored | L, K: GNU long names]* header [sparse map] data padding   …   two zero blocks, and what comes behind
 */
import { malformed, shown, type TarEntry, type TarEntryType, type TarSink } from "./tar-entry.ts";
import { isZeroBlock, parseHeader, untilNul, type TarHeader } from "./tar-header.ts";
import { TarInput } from "./tar-input.ts";
import { longestExtension, parsePax, type PaxOverrides } from "./tar-pax.ts";
import { gnuSparse, mapInData, storedIn, validMap, type SparseMap } from "./tar-sparse.ts";

const BLOCK = 512;
const typeOf = new Map<string, TarEntryType>([
  ["\0", "file"],
  ["0", "file"],
  ["7", "file"],
  ["S", "file"],
  ["1", "hardlink"],
  ["2", "symlink"],
  ["3", "char"],
  ["4", "block"],
  ["5", "directory"],
  ["6", "fifo"],
]);

/** To the next block; the last entry of an archive may lack it. */
const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** What extension headers have said about the entry that comes next. */
interface Announced {
  pax?: PaxOverrides;
  path?: Buffer;
  linkPath?: Buffer;
}

export class TarReader {
  readonly #input = new TarInput();
  readonly #reading: Generator<undefined, void>;
  #atEnd = false;

  constructor(sink: TarSink) {
    this.#reading = readEntries(this.#input, sink);
    this.#go();
  }

  /** Throws Failed for what is malformed or not supported, and what the sink throws. */
  write(chunk: Buffer): void {
    if (this.#atEnd) return; // behind the end mark: padding, which only the digest counts
    this.#input.feed(chunk);
    this.#go();
  }

  end(): void {
    this.#input.end();
    this.#go();
  }

  #go(): void {
    this.#atEnd = this.#reading.next().done === true;
    if (this.#atEnd) this.#input.discard();
  }
}

function* readEntries(input: TarInput, sink: TarSink): Generator<undefined, void> {
  let announced: Announced = {};
  for (;;) {
    const block = yield* input.exactly(BLOCK);
    if (block === undefined) return; // an archive without end mark is accepted everywhere
    if (isZeroBlock(block)) {
      const second = yield* input.exactly(BLOCK);
      if (second && !isZeroBlock(second)) throw malformed("a lone zero block stands between two entries");
      return;
    }
    const header = parseHeader(block);
    if ("xgLK".includes(header.flag)) {
      announced = announce(announced, header.flag, yield* extension(input, header));
      continue;
    }
    const entry = toEntry(header, announced);
    const map = yield* sparseMap(input, entry, header.flag === "S" ? Buffer.from(block) : announced.pax);
    announced = {};
    sink.entry(map ? { ...entry, size: map.size, stored: storedIn(map) } : entry);
    yield* map ? passPieces(input, map, sink) : passData(input, entry.size, sink);
    yield* input.skip(paddingOf(entry.size));
    sink.endOfEntry();
  }
}

/** The body of an extension header. Its size is that of its own header, whatever a pax header before it says (CVE-2025-62518). */
function* extension(input: TarInput, header: TarHeader): Generator<undefined, Buffer> {
  if (header.size < 0 || header.size > longestExtension) {
    throw malformed(`an extension header of ${header.size} bytes: the limit is ${longestExtension}`);
  }
  const pieces: Buffer[] = [];
  for (let left = header.size; left > 0;) {
    const piece = yield* input.some(left);
    left -= piece.length;
    pieces.push(Buffer.from(piece));
  }
  yield* input.skip(paddingOf(header.size));
  return Buffer.concat(pieces);
}

const announce = (announced: Announced, flag: string, body: Buffer): Announced => {
  if (flag === "x") return { ...announced, pax: parsePax(body) };
  // Of the archive as a whole: the peers pass over it, and forget with it what was announced before.
  if (flag === "g") return parsePax(body) && {};
  // An empty one takes an earlier one back.
  const { path, linkPath, ...rest } = { ...announced, [flag === "L" ? "path" : "linkPath"]: untilNul(body) };
  return { ...rest, ...(path && path.length > 0 && { path }), ...(linkPath && linkPath.length > 0 && { linkPath }) };
};

function* passData(input: TarInput, size: number, sink: TarSink): Generator<undefined, void> {
  for (let left = size; left > 0;) {
    const piece = yield* input.some(left);
    left -= piece.length;
    sink.data(piece);
  }
}

function* passPieces(input: TarInput, { size, pieces }: SparseMap, sink: TarSink): Generator<undefined, void> {
  let at = 0;
  for (const { offset, length } of pieces) {
    if (offset > at) sink.hole(offset - at);
    yield* passData(input, length, sink);
    at = offset + length;
  }
  if (size > at) sink.hole(size - at);
}

/** `said`: the header block itself if its type is sparse, or the entry's pax records. Undefined: the file has no holes. */
function* sparseMap(
  input: TarInput,
  { path, type, size }: TarEntry,
  said: Buffer | PaxOverrides | undefined,
): Generator<undefined, SparseMap | undefined> {
  if (said === undefined || (!Buffer.isBuffer(said) && said.sparse === undefined)) return undefined;
  if (type !== "file") throw malformed(`${shown(path)} is sparse, and a ${type}`);
  const { map, taken } = Buffer.isBuffer(said)
    ? { map: yield* gnuSparse(input, said), taken: 0 }
    : yield* paxMap(input, said, size);
  if (storedIn(map) === size - taken) return map;
  throw malformed(`the sparse file ${shown(path)} has ${size - taken} bytes of data, and a map of ${storedIn(map)}`);
}

function* paxMap(input: TarInput, { sparse }: PaxOverrides, stored: number) {
  const { pieces, taken } = sparse?.pieces ? { pieces: sparse.pieces, taken: 0 } : yield* mapInData(input, stored);
  return { map: validMap(sparse?.size ?? stored, pieces), taken };
}

/** Larger ids do not exist: -1 as an unsigned number is chown's "leave it as it is". */
const largestId = 0xffff_fffe;

const toEntry = (header: TarHeader, { pax, path: longPath, linkPath: longLink }: Announced): TarEntry => {
  const path = pax?.sparse?.name ?? longPath ?? pax?.path ?? header.path;
  // The oldest form marks a directory by the name's last character alone.
  const type = header.flag === "\0" && path.at(-1) === 0x2f ? "directory" : typeOf.get(header.flag);
  if (!type) throw malformed(`${shown(path)} is of the unknown type ${shown(Buffer.from(header.flag, "latin1"))}`);
  const size = pax?.size ?? header.size;
  if (size < 0) throw malformed(`${shown(path)} has the size ${size}`);
  const { uid, gid } = { uid: pax?.uid ?? header.uid, gid: pax?.gid ?? header.gid };
  if (uid < 0 || uid > largestId || gid < 0 || gid > largestId) {
    throw malformed(`${shown(path)} belongs to ${uid}:${gid}, which is no owner`);
  }
  return {
    type,
    path,
    linkPath: longLink ?? pax?.linkPath ?? header.linkPath,
    mode: header.mode,
    uid,
    gid,
    size: type === "file" ? size : 0,
    stored: type === "file" ? size : 0,
    mtime: kernelTime(pax?.mtime ?? { seconds: header.seconds, nanoseconds: 0 }),
    device: header.device,
    xattrs: pax?.xattrs ?? new Map(),
  };
};

/** What no file system can hold is told as 1970. */
const kernelTime = (time: TarEntry["mtime"]): TarEntry["mtime"] =>
  Math.abs(time.seconds) < 2 ** 33 ? time : { seconds: 0, nanoseconds: 0 };
