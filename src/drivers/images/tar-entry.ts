/** One entry of a tar archive, as the rest of the unpacker sees it: names are bytes, pax and GNU extensions are merged. */
import { Failed } from "../../errors.ts";

export type TarEntryType = "file" | "directory" | "hardlink" | "symlink" | "char" | "block" | "fifo";

export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: Buffer;
  /** Of links: what they name. */
  readonly linkPath: Buffer;
  /** Permission bits, setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the file, holes counted; 0 for all but files, whatever the header says. */
  readonly size: number;
  /** Bytes of it that come as data: less than `size` where the file is sparse. */
  readonly stored: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number };
  readonly device: { readonly major: number; readonly minor: number };
  /** Name (bytes as latin1) → value. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** Who takes the entries: `entry`, then `data` and `hole` as often as there is some, then `endOfEntry`. */
export interface TarSink {
  entry(entry: TarEntry): void;
  data(bytes: Buffer): void;
  /** So many bytes of a sparse file are zeros of which nothing is stored. */
  hole(size: number): void;
  endOfEntry(): void;
}

/** Bytes as a person may see them: quoted, control characters escaped, cut at 200. */
export const shown = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString("utf8");
  const escaped = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  // JSON leaves DEL and the C1 controls as they are, and terminals obey those.
  return escaped.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
};

export const malformed = (what: string): Failed => new Failed(`the tar archive is malformed: ${what}`);
