/** Makes tar archives for specs: honest ones, and whatever else a stranger might send. */

export type PaxRecord = readonly [key: string, value: string | Buffer];

export interface TarFile {
  readonly name: string | Buffer;
  /** A type byte as in the header: "0" file (default), "1" hard link, "2" symbolic link, "5" directory, … */
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly link?: string | Buffer;
  /** Default: 0644, 0755 for directories. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970 (default: 0). */
  readonly mtime?: number;
  readonly device?: readonly [major: number, minor: number];
  /** Records of a pax header before it. */
  readonly pax?: Readonly<Record<string, string | Buffer>> | readonly PaxRecord[];
  /** The header is GNU's own. */
  readonly gnu?: boolean;
  /** Of an old GNU header: offsets and lengths of a sparse file's pieces, and the size of the whole. */
  readonly sparse?: { readonly size: number; readonly pieces: readonly (readonly [offset: number, length: number])[] };
  /** What the header says instead of the content's length. */
  readonly size?: number;
}

/** The archive with its end mark. */
export const tar = (files: readonly TarFile[]): Buffer => Buffer.concat([...files.map(tarEntry), Buffer.alloc(1024)]);

/** One entry: its pax header if it has one, its header, its content, padded. */
export const tarEntry = (file: TarFile): Buffer => {
  const content = Buffer.from(file.content ?? "");
  const records: readonly PaxRecord[] = isList(file.pax) ? file.pax : Object.entries(file.pax ?? {});
  const extension = file.pax
    ? tarEntry({ name: "pax", type: "x", content: Buffer.concat(records.map(paxRecord)) })
    : Buffer.alloc(0);
  return Buffer.concat([extension, tarHeader(file, content.length), sparseBlocks(file), padded(content)]);
};

const padded = (content: Buffer): Buffer => Buffer.concat([content], Math.ceil(content.length / 512) * 512);

/** `length key=value\n`, where the length counts its own digits. */
const paxRecord = ([key, value]: PaxRecord): Buffer => {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, "latin1"), Buffer.from(value), Buffer.from("\n")]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
};

const tarHeader = (file: TarFile, length: number): Buffer => {
  const header = Buffer.alloc(512);
  const type = file.type ?? "0";
  // What does not fit as octal text goes in as GNU does it.
  const octal = (value: number, at: number, digits: number): void => {
    if (value >= 0 && value < 8 ** digits) header.write(value.toString(8).padStart(digits, "0"), at, "latin1");
    else header.set(base256(value, digits + 1), at);
  };
  Buffer.from(file.name).copy(header, 0, 0, 100);
  octal(file.mode ?? (type === "5" ? 0o755 : 0o644), 100, 7);
  octal(file.uid ?? 0, 108, 7);
  octal(file.gid ?? 0, 116, 7);
  octal(file.size ?? length, 124, 11);
  octal(file.mtime ?? 0, 136, 11);
  header.write(type, 156, "latin1");
  Buffer.from(file.link ?? "").copy(header, 157, 0, 100);
  header.write(file.gnu ? "ustar  \0" : "ustar\u000000", 257, "latin1");
  octal(file.device?.[0] ?? 0, 329, 7);
  octal(file.device?.[1] ?? 0, 337, 7);
  if (file.sparse) {
    setPieces(header, 386, file.sparse.pieces.slice(0, 4));
    header[482] = file.sparse.pieces.length > 4 ? 1 : 0;
    octal(file.sparse.size, 483, 11);
  }
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
};

const isList = (pax: TarFile["pax"]): pax is readonly PaxRecord[] => Array.isArray(pax);

const base256 = (value: number, length: number): Buffer => {
  const bytes = Buffer.from(
    BigInt.asUintN(length * 8, BigInt(value))
      .toString(16)
      .padStart(length * 2, "0"),
    "hex",
  );
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
};

const setPieces = (block: Buffer, at: number, pieces: readonly (readonly [number, number])[]): void => {
  for (const [index, number] of pieces.flat().entries()) {
    block.write(number.toString(8).padStart(11, "0"), at + index * 12, "latin1");
  }
};

/** The blocks that hold what pieces the header has no room for, 21 each. */
const sparseBlocks = ({ sparse }: TarFile): Buffer => {
  const blocks: Buffer[] = [];
  for (let from = 4; from < (sparse?.pieces.length ?? 0); from += 21) {
    const block = Buffer.alloc(512);
    setPieces(block, 0, sparse?.pieces.slice(from, from + 21) ?? []);
    block[504] = (sparse?.pieces.length ?? 0) > from + 21 ? 1 : 0;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
};
