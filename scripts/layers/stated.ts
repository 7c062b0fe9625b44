/** What the entries of a stack say of its directories, by their names alone. */
import type { Entry, Layer, Stack } from "./entry.ts";

/** Paths are as in a tree. */
export interface Stated {
  /** Of each directory that an entry names: its time by the last one, in nanoseconds since 1970. */
  readonly times: ReadonlyMap<string, string>;
  /** All times that entries give to directories, by whatever names. */
  readonly anyTimes: ReadonlySet<string>;
  /** Directories that a layer hides and has something in, so that they are there anew; whether it names them or not. */
  readonly remade: ReadonlySet<string>;
  /** Directories that the same layer had as something else before. */
  readonly mended: ReadonlySet<string>;
  /** Directories with an opaque marker. */
  readonly opaque: ReadonlySet<string>;
}

export const statedBy = (stack: Stack): Stated => {
  const times = new Map<string, string>();
  const anyTimes = new Set<string>();
  const remade = new Set<string>();
  const mended = new Set<string>();
  for (const layer of stack) {
    const others = new Set<string>();
    // Whiteouts hide what layers below have brought, wherever in their layer they stand.
    for (const hidden of hiddenBy(layer)) {
      forget(times, hidden);
      for (const parent of layer.flatMap(parentsOf)) if (isOf(hidden, parent)) remade.add(parent);
    }
    for (const { name, type, seconds, nanoseconds = 0 } of layer) {
      const path = inTree(name);
      if (isMarker(name)) continue;
      if (type !== "5") others.add(path);
      else if (others.has(path)) mended.add(path);
      const time = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
      if (type === "5") anyTimes.add(time);
      if (type === "5") times.set(path, time);
      else forget(times, path);
    }
    // Where no entry names the root it is as old as its unpacking: to take the time from below would tie the layer to its stack.
    if (!layer.some(({ name }) => inTree(name) === ".")) times.delete(".");
  }
  return { times, anyTimes, remade, mended, opaque: new Set(stack.flatMap(opaqueBy)) };
};

/** All directories that an entry stands in. */
const parentsOf = ({ name }: Entry): readonly string[] => {
  const parts = inTree(name).split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
};

const inTree = (name: string): string => {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return [".", ...parts].join("/");
};

/** Directories that have an opaque marker. */
const opaqueBy = (layer: Layer): readonly string[] =>
  layer.filter(({ name }) => name.endsWith(".wh..wh..opq")).map(({ name }) => inTree(name.slice(0, -12)));

const isMarker = (name: string): boolean => /(^|\/)\.wh\.[^/]*$/.test(name);

const hiddenBy = (layer: Layer): readonly string[] =>
  layer.flatMap(({ name, type, device }) => {
    if (isMarker(name))
      return name.endsWith(".wh..wh..opq")
        ? [`${inTree(name.slice(0, -12))}/`]
        : [inTree(name.replace(/\.wh\.([^/]*)$/, "$1"))];
    return type === "3" && device?.every((number) => number === 0) ? [inTree(name)] : [];
  });

const forget = (times: Map<string, string>, hidden: string): void => {
  for (const path of [...times.keys()]) if (isOf(hidden, path)) times.delete(path);
};

/** Whether a path is below one of those directories. */
export const isBelow = (path: string, directories: ReadonlySet<string>): boolean =>
  [...directories].some((directory) => path.startsWith(`${directory}/`));

/** Whether `hidden` is `path`, or above it; with a slash at its end, above it alone. */
const isOf = (hidden: string, path: string): boolean =>
  path === hidden || path.startsWith(hidden.endsWith("/") ? hidden : `${hidden}/`);
