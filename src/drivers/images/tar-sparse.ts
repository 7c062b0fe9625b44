/**
 * Sparse files, in the four ways in which GNU tar has written them: which pieces of a file its data are. As Go's archive/tar
 * reads them; what that refuses is refused here too, or one archive would be two different files.
 *
 *   old GNU: type S, four pieces in the header, 21 in each block behind it
 *   pax 0.0: a record for each offset and each length      pax 0.1: one record with all of them
 *   pax 1.0: the map is the beginning of the data, in decimal lines, padded to a block
 */
import { malformed } from "./tar-entry.ts";
import { formOf, numberAt } from "./tar-header.ts";
import type { TarInput } from "./tar-input.ts";

const BLOCK = 512;
/** CVE-2025-58183: as long as any other extension, and no longer. */
const longestMap = 1 << 20;

export interface Piece {
  readonly offset: number;
  readonly length: number;
}

export interface SparseMap {
  /** Of the whole file. */
  readonly size: number;
  /** In their order, within the size, none over another. */
  readonly pieces: readonly Piece[];
}

/** What pax records say of one. */
export interface PaxSparse {
  /** The file's own name: that in the header is made up. */
  readonly name?: Buffer;
  readonly size?: number;
  /** Undefined: the map stands in the data. */
  readonly pieces?: readonly Piece[];
}

/** `given`: a record's value, if it has one. Undefined: the file is not sparse. */
export const paxSparse = (given: (key: string) => Buffer | undefined): PaxSparse | undefined => {
  const text = (key: string): string | undefined => given(`GNU.sparse.${key}`)?.toString("latin1");
  const [major, minor, map] = [text("major"), text("minor"), text("map")];
  const version = `${major ?? ""}.${minor ?? ""}`;
  const inData = version === "1.0";
  if (!inData && !["0.0", "0.1", "."].includes(version)) {
    throw malformed(`a sparse file in the form ${JSON.stringify(version)}, which nobody knows`);
  }
  if (version === "." && map === undefined) return undefined;
  const [name, size] = [given("GNU.sparse.name"), text("size") ?? text("realsize")];
  if (name?.includes(0)) throw malformed("a sparse file's name holds a NUL");
  return {
    ...(name && { name }),
    ...(size !== undefined && { size: whole(size) }),
    ...(!inData && { pieces: listed(map ?? "", text("numblocks")) }),
  };
};

const listed = (map: string, count: string | undefined): readonly Piece[] => {
  const numbers = map === "" ? [] : map.split(",").map(whole);
  if (count === undefined || numbers.length !== 2 * whole(count)) {
    throw malformed("a sparse file's map does not have as many pieces as it says");
  }
  return inPairs(numbers);
};

/** Of an entry of the type S; takes the blocks behind `header`, which are no part of the entry's size. */
export function* gnuSparse(input: TarInput, header: Buffer): Generator<undefined, SparseMap> {
  // star has such a type too, with other fields.
  if (formOf(header) !== "gnu") throw malformed("a sparse file in a header that is not GNU's");
  const size = numberAt(header, 483, 12, "real size");
  const numbers = fields(header, 386, 4);
  let more = header[482] !== 0;
  for (let taken = BLOCK; more; taken += BLOCK) {
    if (taken > longestMap) throw tooLong();
    const block = yield* input.exactly(BLOCK);
    if (block === undefined) throw malformed("it ends within the map of a sparse file");
    numbers.push(...fields(block, 0, 21));
    more = block[504] !== 0;
  }
  return validMap(size, inPairs(numbers));
}

/** Offsets and lengths, to the first that is empty. */
const fields = (block: Buffer, from: number, most: number): number[] => {
  const numbers: number[] = [];
  for (let at = from; at < from + most * 24 && block[at] !== 0; at += 24) {
    numbers.push(numberAt(block, at, 12, "sparse offset"), numberAt(block, at + 12, 12, "sparse length"));
  }
  return numbers;
};

/** The map at the beginning of `stored` bytes of data, and how many bytes it takes there. */
export function* mapInData(
  input: TarInput,
  stored: number,
): Generator<undefined, { readonly pieces: readonly Piece[]; readonly taken: number }> {
  const numbers: number[] = [];
  let [line, taken, wanted] = ["", 0, 1];
  // How many pairs there are comes first; what is left of the last block behind them is padding.
  while (numbers.length < wanted) {
    if (taken + BLOCK > Math.min(stored, longestMap)) throw tooLong();
    const block = yield* input.exactly(BLOCK);
    if (block === undefined) throw malformed("it ends within the map of a sparse file");
    taken += BLOCK;
    const lines = `${line}${block.toString("latin1")}`.split("\n");
    line = lines.pop() ?? "";
    for (const text of lines) {
      if (numbers.length === wanted) break;
      numbers.push(whole(text));
      if (numbers.length === 1) wanted += 2 * whole(text);
    }
    if (numbers.length < wanted && line.length > BLOCK) whole(line);
  }
  return { pieces: inPairs(numbers.slice(1)), taken };
}

/** Throws Failed where the pieces do not follow one another within the size. */
export const validMap = (size: number, pieces: readonly Piece[]): SparseMap => {
  let end = 0;
  for (const { offset, length } of pieces) {
    if (length < 0 || offset < end || !Number.isSafeInteger(offset + length)) {
      throw malformed("a sparse file's pieces do not follow one another");
    }
    end = offset + length;
  }
  if (end > size) throw malformed(`a sparse file of ${size} bytes has a piece that ends at ${end}`);
  return { size, pieces };
};

export const storedIn = ({ pieces }: SparseMap): number => pieces.reduce((total, { length }) => total + length, 0);

const inPairs = (numbers: readonly number[]): readonly Piece[] =>
  Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] ?? 0,
    length: numbers[2 * index + 1] ?? 0,
  }));

const whole = (text: string): number => {
  const number = Number(text);
  if (/^[0-9]{1,19}$/.test(text) && Number.isSafeInteger(number)) return number;
  throw malformed(`a sparse file's map holds ${JSON.stringify(text.slice(0, 40))}, not a number in range`);
};

const tooLong = (): Error => malformed(`a sparse file's map is longer than its data, or than ${longestMap} bytes`);
