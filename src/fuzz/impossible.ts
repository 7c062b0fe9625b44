/** Cells that cannot be, and edges that nothing can take: by slot, each with its reason. docs/simulation.md prints them. */
import type { Way } from "./cells.ts";

export interface Impossible {
  /** `slot`, or `kind slot` where others of that name can, or `kind state slot`. */
  readonly slots: readonly string[];
  readonly ways: readonly Way[];
  readonly why: string;
}

const FAILURES = ["before", "after"] as const;
const SLOWNESS = ["hang", "late"] as const;

export const impossible: readonly Impossible[] = [
  {
    slots: ["until"],
    ways: [...FAILURES, ...SLOWNESS, "crash before"],
    why: "a wait for a moment has no effect, does not fail, and begins with its state",
  },
  {
    slots: ["container record", "sandbox record", "container forgetRecord", "sandbox forgetRecord"],
    ways: SLOWNESS,
    why: "records of this boot are written to memory, synchronously",
  },
  {
    slots: ["attachment forgetRecord"],
    ways: [...FAILURES, ...SLOWNESS, "crash before", "crash during"],
    why: "it is forgotten in memory; nobody waits for the disk, and a record too many costs one more DEL after a reboot",
  },
  {
    slots: ["settleRuntime", "settleInfra"],
    ways: ["before"],
    why: "programs are waited for, and ended where they go on for too long, whether or not the monitor answers",
  },
  {
    slots: ["writeInfra", "removeInfra"],
    ways: SLOWNESS,
    why: "the bundle of an infra process is written to memory, synchronously",
  },
  {
    slots: ["settlePlugins"],
    ways: [...FAILURES, ...SLOWNESS],
    why: "it waits for programs, and ends those that go on for too long, within its bound",
  },
  {
    slots: ["add", "delete", "deleteInRuntime", "deleteInfra", "start", "startInfra", "ask", "force"],
    ways: ["crash before"],
    why: "the call starts a program, which goes on when its daemon dies",
  },
  {
    slots: ["acknowledge"],
    ways: FAILURES,
    why: "where there is no monitor the daemon removes the exit file itself",
  },
  {
    slots: ["force"],
    ways: ["before", "after"],
    why: "where the OCI runtime fails, or takes too long, the daemon sends the signal itself",
  },
  {
    slots: ["exec kill"],
    ways: [...FAILURES, ...SLOWNESS, "crash before", "crash during"],
    why: "a signal to a process group is one system call; a group that is gone is fine",
  },
  {
    slots: ["attach prepare", "exec hangUp"],
    ways: SLOWNESS,
    why: "FIFOs are made, and a terminal is closed, in one synchronous step",
  },
  {
    slots: ["exec running until"],
    ways: ["crash after"],
    why: "what follows the deadline is the kill, which is made at once",
  },
];

/** Whether one of them means this cell, `kind state slot`. */
export const isMeant = ({ slots }: Impossible, cell: string): boolean => {
  const [kind = "", , slot = ""] = cell.split(" ");
  return [slot, `${kind} ${slot}`, cell].some((name) => slots.includes(name));
};

/** Edges by how their names begin, as charts.ts makes them. */
export interface ImpossibleEdges {
  readonly edges: readonly string[];
  /** The one that it is, as mutants name it, where a chart without it is none the worse: its mutants are not counted. */
  readonly edge?: string;
  readonly why: string;
}
export const impossibleEdges: readonly ImpossibleEdges[] = [
  { edges: ["supervisor: anywhere --done[0]"], why: "nothing that is always to be there has an end" },
  {
    edges: ["supervisor: anywhere --failed[0]", "supervisor: anywhere --failed[3]", "scribe: writing --storeFailed"],
    why: "whoever takes it dies of it, and XState tells of no step; such deaths are counted as crashes",
  },
  {
    edges: ["sandbox: creating --stop"],
    edge: "sandbox: creating › stop",
    why: "no client knows a sandbox that is being created; one in the way of another configuration is removed",
  },
  {
    edges: ["container: stopping.forcing --failed"],
    edge: "container: stopping.forcing › failed",
    why: "what the OCI runtime does not kill the daemon kills itself",
  },
  {
    edges: ["life: anywhere --recovered"],
    edge: "life: anywhere › recovered",
    why: "it is told twice only where two things enter by the door at once: the simulated world brings one at a time",
  },
];

export const isImpossibleEdge = (name: string): boolean =>
  impossibleEdges.some(({ edges }) => edges.some((edge) => name.startsWith(edge)));
