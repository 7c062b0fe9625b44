/** From things that are to go to the steps that remove them, in an order in which each finds what it needs. Pure. */
import type { Part } from "../../vocabulary/index.ts";

/**
 * Tools at work first, or they make anew what was removed. Processes before what they use. The network before its namespace:
 * a plugin that finds none leaves its firewall rules.
 */
const VERBS = [
  "settleCommands",
  "settlePlugins",
  "end",
  "clear",
  "forget",
  "detach",
  "unpin",
  "removeSandboxFiles",
  "unbundle",
  "unmount",
  "removeOutput",
  "tidyRecords",
  "removeCgroupParent",
  "removeMonitorCgroup",
] as const;
export type Verb = (typeof VERBS)[number];

const VERB_OF: Readonly<Partial<Record<Part, Verb>>> = {
  command: "settleCommands",
  plugin: "settlePlugins",
  state: "end",
  cgroup: "clear",
  process: "clear",
  monitorRecord: "forget",
  exit: "forget",
  attachment: "detach",
  interface: "detach",
  netns: "unpin",
  ipc: "unpin",
  uts: "unpin",
  userns: "unpin",
  emptyPin: "unpin",
  sandboxFiles: "removeSandboxFiles",
  shm: "removeSandboxFiles",
  bundle: "unbundle",
  layer: "unmount",
  rootfs: "unmount",
  imageVolume: "unmount",
  execOutput: "removeOutput",
  unfinishedRecord: "tidyRecords",
  cgroupParent: "removeCgroupParent",
  monitorCgroup: "removeMonitorCgroup",
};

export interface Step {
  readonly verb: Verb;
  readonly id?: string;
  /** What it removes, by the names by which it was found. */
  readonly what: readonly string[];
}

export interface ToGo {
  readonly mend?: Part;
  readonly id?: string;
  readonly what: string;
}

/** What has no `mend`, or none that a step removes, is left. A step is made once for each object, whatever it is found by. */
export const stepsFor = (things: readonly ToGo[]): readonly Step[] => {
  const steps = new Map<string, Step>();
  for (const { mend, id, what } of things) {
    const verb = mend && VERB_OF[mend];
    if (verb === undefined) continue;
    const key = `${verb} ${id ?? ""}`;
    // A cgroup goes with the processes in it: it is found by its own name.
    const names = mend === "process" ? [] : [what];
    const step = steps.get(key);
    const own = id === undefined ? {} : { id };
    steps.set(key, { verb, ...own, what: [...(step?.what ?? []), ...names] });
  }
  const order = (verb: Verb): number => VERBS.indexOf(verb);
  return [...steps.values()].toSorted((one, other) => order(one.verb) - order(other.verb));
};
