/** What the watchdog has told of the daemon's event loop, beside the recording. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../drivers/linux/libc.ts";
import { span } from "./terminal/words.ts";

interface Stall {
  readonly kind: "stalled";
  readonly wall: number;
  readonly ms: number;
  readonly stack?: readonly string[];
  readonly syscall?: string;
  /** It went on afterwards. */
  readonly over?: boolean;
}

const isStall = (value: unknown): value is Stall => {
  const { kind, wall, ms } = (value ?? {}) as Partial<Stall>;
  return kind === "stalled" && typeof wall === "number" && typeof ms === "number";
};

const parsed = (line: string): readonly Stall[] => {
  try {
    const value: unknown = JSON.parse(line);
    return isStall(value) ? [value] : [];
  } catch {
    return []; // half of a line
  }
};

const textIn = (directory: string): string => {
  try {
    return readFileSync(join(directory, "stalls.ndjson"), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
};

const SHOWN = 6;

/** Of a stack in words. */
const where = ({ stack = [], syscall }: Stall): string => {
  const code = stack.length > 0 ? ` in ${stack.slice(0, SHOWN).join(", called by ")}` : "";
  return `${code}${syscall === undefined ? "" : `, in the kernel for ${syscall}`}`;
};

/** The last one, in a sentence; undefined where none was told. */
export const stallIn = (directory: string): string | undefined => {
  const stall = textIn(directory).split("\n").flatMap(parsed).at(-1);
  if (!stall) return undefined;
  const stood = stall.over === true ? "stood" : "has stood";
  return `the daemon's event loop ${stood} still for ${span(stall.ms)}${where(stall)} (told at ${new Date(stall.wall).toISOString()})`;
};
