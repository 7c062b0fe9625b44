/**
 * `stalls.ndjson` beside the flight recorder's segments: what the watchdog's thread has told, one line each. The thread writes
 * it by itself, for the main thread is stuck just then; so it is there even when the daemon never comes back.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toFailure } from "../../errors.ts";
import { replaceFile } from "../linux/replace-file.ts";
import type { Stall } from "./stall.ts";

const NAME = "stalls.ndjson";
const MOST_LINES = 64;
const MOST_BYTES = 256 << 10;

const fileIn = (directory: string): string => join(directory, NAME);

const contentOf = (directory: string): string => {
  try {
    return readFileSync(fileIn(directory), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
};

const linesOf = (content: string): readonly string[] => content.split("\n").filter((line) => line !== "");

/** The last of them that fit together. */
const kept = (lines: readonly string[]): readonly string[] => {
  let bytes = 0;
  const isBeyond = (line: string): boolean => (bytes += Buffer.byteLength(line) + 1) > MOST_BYTES;
  const last = lines.slice(-MOST_LINES);
  return last.slice(last.findLastIndex(isBeyond) + 1);
};

/** Answers why it could not be written; the oldest lines go where it would become too long. Never throws. */
export const writeStall = (directory: string, stall: Stall): string | undefined => {
  try {
    const content = contentOf(directory);
    const lines = [...linesOf(content), JSON.stringify(stall)];
    const fitting = kept(lines);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // What was cut off in the middle of a line by a full /run has an end before the next one begins.
    const isWhole = content === "" || content.endsWith("\n");
    if (fitting.length === lines.length && isWhole)
      appendFileSync(fileIn(directory), `${lines.at(-1)}\n`, { mode: 0o600 });
    else replaceFile(fileIn(directory), `${fitting.join("\n")}\n`);
    return undefined;
  } catch (error) {
    return toFailure(error).text;
  }
};

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text: unknown) => typeof text === "string");

const isStall = (value: unknown): value is Stall => {
  if (typeof value !== "object" || value === null) return false;
  const { kind, pid, wall, mono, ms, over, stack, syscall, kernel, starvedMs } = value as Record<string, unknown>;
  return (
    kind === "stalled" &&
    [pid, wall, mono, ms, starvedMs ?? 0].every((number) => typeof number === "number") &&
    typeof over === "boolean" &&
    typeof (syscall ?? "") === "string" &&
    isTexts(stack) &&
    isTexts(kernel ?? [])
  );
};

const parsed = (line: string): readonly Stall[] => {
  try {
    const value: unknown = JSON.parse(line);
    return isStall(value) ? [value] : [];
  } catch {
    return []; // half of a line, or nobody knows what
  }
};

/**
 * What is told in the file of this directory, oldest first; lines that are none are left out. A stall is told when it is noticed,
 * while it lasts, and once more when it is `over`: the last of its process that is not, is of a loop that stands still, if that
 * process lives.
 */
export const stallsIn = (directory: string): readonly Stall[] => linesOf(contentOf(directory)).flatMap(parsed);
