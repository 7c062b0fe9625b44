/** pax extended headers: `length key=value\n` records that overrule the header that follows. Values are bytes. */
import { malformed, shown } from "./tar-entry.ts";
import { paxSparse, type PaxSparse } from "./tar-sparse.ts";

/** CVE-2022-2879, CVE-2025-58183: a header that says how long it is must not say so without a limit. */
export const longestExtension = 1 << 20;

export interface PaxOverrides {
  readonly path?: Buffer;
  readonly linkPath?: Buffer;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: { readonly seconds: number; readonly nanoseconds: number };
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** Of a sparse file in one of pax's three ways. */
  readonly sparse?: PaxSparse;
}

const xattrPrefix = "SCHILY.xattr.";

export const parsePax = (bytes: Buffer): PaxOverrides => {
  const records = paxRecords(bytes);
  const xattrs = new Map<string, Buffer>();
  for (const [key, value] of records) if (key.startsWith(xattrPrefix)) xattrs.set(key.slice(xattrPrefix.length), value);
  // An empty value takes an earlier record back, and the header's own field counts.
  const given = (key: string): Buffer | undefined => {
    const value = records.get(key);
    return value && value.length > 0 ? value : undefined;
  };
  const path = withoutNul("path", given("path"));
  const linkPath = withoutNul("linkpath", given("linkpath"));
  const size = whole("size", given("size"));
  const uid = whole("uid", given("uid"));
  const gid = whole("gid", given("gid"));
  const mtime = given("mtime");
  const sparse = paxSparse(given);
  return {
    ...(path && { path }),
    ...(linkPath && { linkPath }),
    ...(size !== undefined && { size }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mtime && { mtime: parseTime(mtime) }),
    xattrs,
    ...(sparse && { sparse }),
  };
};

const paxRecords = (bytes: Buffer): Map<string, Buffer> => {
  const records = new Map<string, Buffer>();
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : bytes.toString("latin1", at, space);
    const end = at + Number(digits);
    if (!/^[0-9]{1,9}$/.test(digits) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a) {
      throw malformed("a pax record does not have the length that it says");
    }
    const equals = bytes.indexOf(0x3d, space + 1);
    if (equals <= space + 1 || equals >= end) throw malformed("a pax record has no key");
    const key = bytes.toString("latin1", space + 1, equals);
    if (key.includes("\0")) throw malformed("a pax record's key holds a NUL");
    const value = Buffer.from(bytes.subarray(equals + 1, end - 1));
    at = end;
    // The one case in which keys come again and all count: a sparse file's oldest form.
    const half = ["GNU.sparse.offset", "GNU.sparse.numbytes"].indexOf(key);
    if (half < 0) records.set(key, value);
    else if (half !== pieces.length % 2) throw malformed("a sparse file's offsets and lengths do not come in turn");
    else pieces.push(value.toString("latin1"));
  }
  if (pieces.length > 0) records.set("GNU.sparse.map", Buffer.from(pieces.join(",")));
  return records;
};

const withoutNul = (what: string, value: Buffer | undefined): Buffer | undefined => {
  if (value?.includes(0)) throw malformed(`a pax ${what} holds a NUL: ${shown(value)}`);
  return value;
};

const whole = (what: string, value: Buffer | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const text = value.toString("latin1");
  const number = Number(text);
  if (!/^-?[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw malformed(`a pax ${what} is ${shown(value)}, not a number in range`);
  }
  return number;
};

/** `seconds.fraction`; the fraction of a negative time counts away from zero, the kernel's nanoseconds never do. */
const parseTime = (value: Buffer): { seconds: number; nanoseconds: number } => {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value.toString("latin1"));
  if (!match) throw malformed(`a pax mtime is ${shown(value)}, not a time`);
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? "").slice(0, 9).padEnd(9, "0"));
  if (match[1] === "") return { seconds, nanoseconds };
  return nanoseconds > 0
    ? { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds }
    : { seconds: -seconds, nanoseconds };
};
