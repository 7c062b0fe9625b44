/** A sparse file in each of the forms that GNU tar has given it. */
import type { PaxRecord, TarFile } from "./tar.ts";

export const sparseForms = ["gnu", "0.0", "0.1", "1.0"] as const;
export type SparseForm = (typeof sparseForms)[number];

export interface Sparse {
  readonly size: number;
  /** In order; an empty text is a piece too. */
  readonly pieces: readonly (readonly [offset: number, text: string])[];
}

/** What the file is when it has been unpacked. */
export const expanded = ({ size, pieces }: Sparse): Buffer => {
  const whole = Buffer.alloc(size);
  for (const [offset, text] of pieces) whole.write(text, offset, "latin1");
  return whole;
};

/** The entry of `file`, whose own content does not count. */
export const sparseEntry = (file: TarFile, { size, pieces }: Sparse, form: SparseForm): TarFile => {
  const data = pieces.map(([, text]) => text).join("");
  const pairs = pieces.map(([offset, text]) => [offset, text.length] as const);
  if (form === "gnu") return { ...file, type: "S", gnu: true, content: data, sparse: { size, pieces: pairs } };
  const given = Array.isArray(file.pax) ? (file.pax as readonly PaxRecord[]) : Object.entries(file.pax ?? {});
  const record = (key: string, value: string | number): PaxRecord => [`GNU.sparse.${key}`, String(value)];
  const count = record("numblocks", pairs.length);
  if (form === "0.0") {
    const list = pairs.flatMap(([offset, length]) => [record("offset", offset), record("numbytes", length)]);
    return { ...file, content: data, pax: [...given, record("size", size), count, ...list] };
  }
  const name: PaxRecord = ["GNU.sparse.name", file.name];
  if (form === "0.1") {
    const pax = [...given, record("size", size), count, record("map", pairs.flat().join(",")), name];
    return { ...file, name: "GNUSparseFile.1/made up", content: data, pax };
  }
  const map = `${[pairs.length, ...pairs.flat()].join("\n")}\n`;
  const pax = [...given, record("major", 1), record("minor", 0), name, record("realsize", size)];
  const padded = map + "\0".repeat((512 - (map.length % 512)) % 512);
  return { ...file, name: "GNUSparseFile.1/made up", content: padded + data, pax };
};
