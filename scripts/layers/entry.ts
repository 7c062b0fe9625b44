/** One entry of a generated layer, as JSON that can be printed and run again; and its bytes in a tar archive. */
import { sparseEntry, type Sparse, type SparseForm } from "../../spec/support/tar-sparse.ts";
import { tar, type PaxRecord, type TarFile } from "../../spec/support/tar.ts";

/** Names, contents and values are bytes, each told as a latin1 character. */
export interface Entry {
  readonly name: string;
  /** The type byte of the header. */
  readonly type: string;
  /** How what a plain header cannot hold is told. */
  readonly form: "pax" | "gnu";
  readonly content?: string;
  readonly sparse?: { readonly form: SparseForm } & Sparse;
  readonly link?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly seconds: number;
  /** With `pax` alone. */
  readonly nanoseconds?: number;
  readonly device?: readonly [major: number, minor: number];
  readonly xattrs?: Readonly<Record<string, string>>;
}

export type Layer = readonly Entry[];
/** Bottom first. */
export type Stack = readonly Layer[];

export const archiveOf = (layer: Layer): Buffer => tar(layer.flatMap(inTar));

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const octalIn7 = 8 ** 7;
const octalIn11 = 8 ** 11;

const inTar = (entry: Entry): readonly TarFile[] => {
  const { type, mode, uid, gid, seconds, device, content, sparse, form, name, link } = entry;
  const pax = [...xattrRecords(entry), ...(form === "pax" ? paxRecords(entry) : [])];
  const inRange = (number: number, end: number): number =>
    form === "pax" && (number < 0 || number >= end) ? 0 : number;
  const file: TarFile = {
    name: bytes(name),
    type,
    mode,
    uid: inRange(uid, octalIn7),
    gid: inRange(gid, octalIn7),
    mtime: inRange(seconds, octalIn11),
    gnu: form === "gnu",
    ...(link !== undefined && { link: bytes(link) }),
    ...(content !== undefined && { content: bytes(content) }),
    ...(device && { device }),
    ...(pax.length > 0 && { pax }),
  };
  const long = (type: string, text: string | undefined): readonly TarFile[] =>
    form === "gnu" && text !== undefined && text.length > 100
      ? [{ name: "././@LongLink", type, gnu: true, content: Buffer.concat([bytes(text), Buffer.alloc(1)]) }]
      : [];
  return [...long("K", link), ...long("L", name), sparse ? sparseEntry(file, sparse, sparse.form) : file];
};

const xattrRecords = ({ xattrs }: Entry): readonly PaxRecord[] =>
  Object.entries(xattrs ?? {}).map(([key, value]) => [`SCHILY.xattr.${key}`, bytes(value)]);

const paxRecords = ({ name, link, uid, gid, seconds, nanoseconds = 0 }: Entry): readonly PaxRecord[] => [
  ...(name.length > 100 ? [["path", bytes(name)] as const] : []),
  ...(link !== undefined && link.length > 100 ? [["linkpath", bytes(link)] as const] : []),
  ...(uid >= octalIn7 ? [["uid", String(uid)] as const] : []),
  ...(gid >= octalIn7 ? [["gid", String(gid)] as const] : []),
  ...(nanoseconds > 0 || seconds < 0 || seconds >= octalIn11
    ? [["mtime", paxTime(seconds, nanoseconds)] as const]
    : []),
];

/** The fraction counts away from zero, as the whole does. */
const paxTime = (seconds: number, nanoseconds: number): string => {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const absolute = total < 0n ? -total : total;
  const fraction = String(absolute % 1_000_000_000n).padStart(9, "0");
  return `${total < 0n ? "-" : ""}${absolute / 1_000_000_000n}.${fraction}`;
};
