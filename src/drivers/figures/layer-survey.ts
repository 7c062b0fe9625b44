/**
 * One look at how much several writable layers hold. They may be large, and their disk may hang: so it is done by programs of
 * coreutils, at the lowest priority, which are abandoned when they take too long. A layer that was counted by then counts.
 */
import { dirname } from "node:path";
import { run } from "../linux/run.ts";

export interface LayerSize {
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

/** Of the file system that they are on. */
export interface Capacity {
  readonly limitBytes: number;
  readonly inodesTotal: number;
  readonly inodesFree: number;
}

export interface Surveyed {
  /** By their directories; those that are missing here could not be counted, or not in time. */
  readonly sizes: ReadonlyMap<string, LayerSize>;
  readonly capacity: Capacity | undefined;
}

/**
 * Looks at the directories in their order, all on one file system. Never rejects. Aborted, it resolves when its programs have
 * ended, which those that sleep in the kernel may not do for a long time.
 */
export type Survey = (directories: readonly string[], abort: AbortSignal) => Promise<Surveyed>;

const KEPT_BYTES = 256 * 1024;
const env = { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

const said = async (argv: readonly string[], abort: AbortSignal): Promise<string> => {
  const program = { argv: ["nice", "-n", "19", ...argv] as [string, ...string[]], env };
  // What it cannot read it says on stderr, and goes on: a container that went meanwhile is no matter.
  const ran = await run({ ...program, stdout: { keep: KEPT_BYTES }, stderr: "nowhere" }, abort).catch(() => undefined);
  return ran?.stdout.bytes.toString() ?? "";
};

/** du writes each line when it has counted a directory: `4096<tab>PATH`. */
const sizesIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split("\n").flatMap((line): readonly [string, number][] => {
      const tab = line.indexOf("\t");
      return tab < 0 ? [] : [[line.slice(tab + 1), Number(line.slice(0, tab))]];
    }),
  );

const capacityIn = (text: string): Capacity | undefined => {
  const [blocks, size, inodesTotal, inodesFree] = text.split(" ").map(Number);
  if (blocks === undefined || size === undefined || inodesTotal === undefined || inodesFree === undefined)
    return undefined;
  return { limitBytes: blocks * size, inodesTotal, inodesFree };
};

export const surveyLayers: Survey = async (directories, abort) => {
  const [first] = directories;
  if (first === undefined) return { sizes: new Map(), capacity: undefined };
  // Each counts what has several names in it as often as it is named: else a layer would hold less for what another one holds.
  const [bytes, inodes, capacity] = await Promise.all([
    said(["du", "-sxl", "-B1", "--", ...directories], abort),
    said(["du", "-sxl", "--inodes", "--", ...directories], abort),
    said(["stat", "-f", "--printf", "%b %S %c %d", "--", dirname(dirname(first))], abort),
  ]);
  const counts = sizesIn(inodes);
  const sizes = new Map(
    [...sizesIn(bytes)].flatMap(([directory, usedBytes]): readonly [string, LayerSize][] => {
      const inodesUsed = counts.get(directory);
      return inodesUsed === undefined ? [] : [[directory, { usedBytes, inodesUsed }]];
    }),
  );
  return { sizes, capacity: capacityIn(capacity) };
};
