/**
 * How a record lies in its file: one line of JSON that says of which version it is and which Troupe wrote it, and ends with a
 * sum over all before it, by which bits that have changed are noticed. Blanks behind it are not part of it.
 *
 *   {"version":2,"by":"0.1.0",…,"sum":"89abcdef"}
 */
import { crc32 } from "node:zlib";

type Content = Readonly<Record<string, unknown>>;
/** What a version had, as the next one has it. */
export type Step = (content: Content) => Content;

export interface Format {
  /** Of this program, for who reads its records. */
  readonly program: string;
  /** `steps[n]` makes version n + 2 of version n + 1; what is written is of the version behind the last one. */
  readonly steps: readonly Step[];
}

/** The first version had no sum. */
const SUMMED_SINCE = 2;
const SEAL = /,"sum":"([0-9a-f]{8})"\} *$/;

export const sumOf = (bytes: Uint8Array | string): string => crc32(bytes).toString(16).padStart(8, "0");

const newestOf = ({ steps }: Format): number => steps.length + 1;

/** `content` is a JSON object, not an empty one. */
export const seal = (content: Content, format: Format): string => {
  const open = JSON.stringify({ version: newestOf(format), by: format.program, ...content }).slice(0, -1);
  return `${open},"sum":"${sumOf(open)}"}`;
};

/** The content as this version has it. Throws for bytes that are not what was written, or that a newer Troupe has written. */
export const unseal = (bytes: Buffer, format: Format): Content => {
  const envelope = JSON.parse(bytes.toString("utf8")) as Content | null;
  const version = envelope?.["version"];
  if (!envelope || typeof version !== "number") throw new Error("it does not say of which version it is");
  const found = SEAL.exec(bytes.toString("latin1"));
  if (
    found ? found[1] !== sumOf(bytes.subarray(0, found.index)) : version >= SUMMED_SINCE && version <= newestOf(format)
  )
    throw new Error("it is damaged: its sum does not fit what it says");
  if (version > newestOf(format)) throw new Error(newer(version, envelope["by"], format));
  if (version < 1 || !Number.isInteger(version)) throw new Error(`there is no version ${version}`);
  return format.steps.slice(version - 1).reduce((content, step) => step(content), envelope);
};

const newer = (version: number, by: unknown, format: Format): string => {
  const writer = typeof by === "string" ? `Troupe ${by}` : "a newer Troupe";
  return (
    `it was written by ${writer} in version ${version}, and this one, ${format.program}, knows versions up to ` +
    `${newestOf(format)}: use ${writer} again, or one after it`
  );
};
