/** One 512-byte header block: v7, ustar, star and GNU forms, read as Go's archive/tar does, for all peers use that. */
import { malformed, shown } from "./tar-entry.ts";

export interface TarHeader {
  /** The type byte as a character; NUL stands for the oldest form of a file. */
  readonly flag: string;
  readonly path: Buffer;
  readonly linkPath: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly device: { readonly major: number; readonly minor: number };
}

export const isZeroBlock = (block: Buffer): boolean => block.every((byte) => byte === 0);

export const parseHeader = (block: Buffer): TarHeader => {
  checkSum(block);
  const form = formOf(block);
  const name = untilNul(block.subarray(0, 100));
  const prefix = untilNul(prefixOf(block, form));
  return {
    flag: String.fromCharCode(block[156] ?? 0),
    path: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from("/"), name]) : Buffer.from(name),
    linkPath: Buffer.from(untilNul(block.subarray(157, 257))),
    mode: numberAt(block, 100, 8, "mode") & 0o7777,
    uid: numberAt(block, 108, 8, "uid"),
    gid: numberAt(block, 116, 8, "gid"),
    size: numberAt(block, 124, 12, "size"),
    seconds: numberAt(block, 136, 12, "mtime"),
    device: {
      major: form === "v7" ? 0 : numberAt(block, 329, 8, "major"),
      minor: form === "v7" ? 0 : numberAt(block, 337, 8, "minor"),
    },
  };
};

type Form = "v7" | "ustar" | "star" | "gnu";

export const formOf = (block: Buffer): Form => {
  const magic = block.toString("latin1", 257, 263);
  const version = block.toString("latin1", 263, 265);
  if (magic === "ustar\0") return block.toString("latin1", 508, 512) === "tar\0" ? "star" : "ustar";
  return magic === "ustar " && version === " \0" ? "gnu" : "v7";
};

const prefixOf = (block: Buffer, form: Form): Buffer => {
  if (form === "ustar") return block.subarray(345, 500);
  if (form === "star") return block.subarray(345, 476); // two times stand behind it
  return form === "gnu" && hasNoTimes(block) ? block.subarray(345, 500) : block.subarray(0, 0);
};

/**
 * GNU keeps two times where others have the prefix. Go's own writer once took it for one all the same, so its reader does where
 * these are no times and all of it is ASCII; who reads it otherwise reads another name than the peers.
 */
const hasNoTimes = (block: Buffer): boolean =>
  [345, 357].some((at) => block[at] !== 0 && !isNumber(block, at)) &&
  untilNul(block.subarray(345, 500)).every((byte) => byte < 0x80);

const isNumber = (block: Buffer, at: number): boolean => {
  try {
    numberAt(block, at, 12, "time");
    return true;
  } catch {
    return false;
  }
};

/** The sum counts the checksum field itself as spaces; some old archivers summed signed bytes. */
const checkSum = (block: Buffer): void => {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < 512; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const expected = numberAt(block, 148, 8, "checksum");
  if (expected !== unsigned && expected !== signed) {
    throw malformed(`a header has the checksum ${expected}, and its bytes sum up to ${unsigned}`);
  }
};

/** All of it where there is none. */
export const untilNul = (field: Buffer): Buffer => {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
};

/** Octal text, or GNU's big-endian two's complement where the first bit is set. `what` names the field in the error. */
export const numberAt = (block: Buffer, at: number, length: number, what: string): number => {
  const field = block.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return binary(field, what);
  const text = untilNul(Buffer.from(field.toString("latin1").replace(/^[ \0]+/, ""), "latin1"))
    .toString("latin1")
    .replace(/ +$/, "");
  if (text === "") return 0;
  if (!/^[0-7]+$/.test(text)) throw malformed(`a header's ${what} is ${shown(field)}, not a number`);
  return Number.parseInt(text, 8);
};

const binary = (field: Buffer, what: string): number => {
  const bytes = Buffer.from(field);
  const first = bytes[0] ?? 0;
  bytes[0] = first & 0x7f;
  const bits = BigInt(field.length * 8 - 1);
  const value = BigInt.asIntN(Number(bits), BigInt(`0x${bytes.toString("hex")}`));
  if (value < BigInt(Number.MIN_SAFE_INTEGER) || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw malformed(`a header's ${what} is out of range: ${value}`);
  }
  return Number(value);
};
