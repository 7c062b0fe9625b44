/**
 * Where a pod start's milliseconds go: the daemon tells each transition with the time that the machine was in the state it
 * left. A call's own machine is in one state at a time, so its states' times add up; the rest of what the caller waited is
 * gRPC, the way through the tree, and waiting for the processor. The network's states lie beside the
 * sandbox's: it waits for them in `attaching`, and may make an infra process meanwhile.
 */
import { readFileSync } from "node:fs";
import { median } from "./statistics.ts";

export interface Life {
  readonly sandbox: string;
  readonly container: string;
  /** How long the caller waited for each call, ms. */
  readonly calls: Readonly<Record<string, number>>;
}

interface Transition {
  readonly actor: string;
  readonly from: string;
  readonly to: string;
  readonly ms: number;
}

const isTransition = (value: unknown): value is Transition =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "transition";

const transitionsIn = (log: string): readonly Transition[] =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes('"transition"'))
    .flatMap((line) => {
      const value: unknown = JSON.parse(line);
      return isTransition(value) ? [value] : [];
    });

/** Which machine does a call's work, and the state at which the call is answered. */
const callsOf: readonly { call: string; machine: string; object: "sandbox" | "container"; until: string }[] = [
  { call: "RunPodSandbox", machine: "sandbox", object: "sandbox", until: "ready" },
  { call: "CreateContainer", machine: "container", object: "container", until: "created" },
  { call: "StartContainer", machine: "container", object: "container", until: "running" },
];

export interface Phase {
  readonly call: string;
  /** `sandbox: creating.pinning`; `attachment: adding` is beside the sandbox's own states. */
  readonly state: string;
  readonly beside: boolean;
  /** Median over the lives. */
  readonly ms: number;
}

/** States that a machine left on its way to `until`, the first time, from where it was after `after`. */
const wayTo = (moves: readonly Transition[], until: string, after?: string): readonly Transition[] => {
  const begin = after === undefined ? 0 : moves.findIndex(({ to }) => to === after) + 1;
  const end = moves.findIndex(({ to }, at) => at >= begin && to === until);
  return moves.slice(begin, end + 1).filter(({ from }) => from !== "" && from !== after);
};

/** From the daemon's log. Lives whose transitions are not all there are left out. */
export const phasesOf = (log: string, lives: readonly Life[]): readonly Phase[] => {
  const byActor = Map.groupBy(transitionsIn(log), ({ actor }) => actor);
  const times = new Map<string, { call: string; state: string; beside: boolean; ms: number[] }>();
  const add = (call: string, state: string, beside: boolean, ms: number): void => {
    const key = `${call} ${state}`;
    const known = times.get(key) ?? { call, state, beside, ms: [] };
    times.set(key, known);
    known.ms.push(ms);
  };
  for (const life of lives)
    for (const { call, machine, object, until } of callsOf) {
      const moves = byActor.get(`${machine}/${life[object]}`) ?? [];
      const way = wayTo(moves, until, call === "StartContainer" ? "created" : undefined);
      for (const { from, ms } of way) add(call, `${machine}: ${from}`, false, ms);
      if (call === "RunPodSandbox")
        for (const { from, ms } of wayTo(byActor.get(`attachment/${life.sandbox}`) ?? [], "attached"))
          add(call, `attachment: ${from}`, true, ms);
      const known = way.reduce((sum, { ms }) => sum + ms, 0);
      if (way.length > 0) add(call, "gRPC and waiting", false, (life.calls[call] ?? 0) - known);
    }
  return [...times.values()].map(({ ms, ...phase }) => ({ ...phase, ms: median(ms) }));
};

const stateTable = (moves: readonly Transition[]): string => {
  const rows = [...Map.groupBy(moves, ({ actor, from }) => `${actor.split("/")[0]}: ${from}`)].map(
    ([state, all]) => `| ${state} | ${median(all.map(({ ms }) => ms)).toFixed(2)} |`,
  );
  return ["| state | ms |", "|---|--:|", ...rows].join("\n");
};

/** Of containers that were killed: the states between the monitor's word and the end, median ms, as a table. */
export const exitTableOf = (log: string, containers: readonly string[]): string => {
  const actors = new Set(containers.map((id) => `container/${id}`));
  return stateTable(transitionsIn(log).filter(({ actor, from }) => actors.has(actor) && from.startsWith("settling")));
};

/** Of all execs, state by state, median ms, as a table. */
export const execTableOf = (log: string): string =>
  stateTable(transitionsIn(log).filter(({ actor, from }) => actor.startsWith("exec/") && from !== ""));

/** The one state in which CNI's plugins run, and the sandbox's own in which it does nothing but wait for them. */
const WAITS_FOR_CNI = "sandbox: creating.attaching";
const isCni = ({ state }: Phase): boolean => state === "attachment: adding";

/** As a table for people, with what is CNI's and what is not. */
export const tablesOf = (phases: readonly Phase[]): string => {
  const all = phases.filter(({ beside }) => !beside).reduce((sum, { ms }) => sum + ms, 0);
  const cni = phases.find(isCni)?.ms ?? 0;
  // Less than they take where an infra process is made at the same time.
  const waited = Math.min(cni, phases.find(({ state }) => state === WAITS_FOR_CNI)?.ms ?? 0);
  const rows = phases.map(
    (phase) =>
      `| ${phase.call} | ${phase.beside ? "beside it, " : ""}${phase.state}${isCni(phase) ? " (CNI)" : ""} | ${phase.ms.toFixed(2)} |`,
  );
  return [
    "| call | state | ms |",
    "|---|---|--:|",
    ...rows,
    "",
    `Sum of the medians ${all.toFixed(1)} ms; CNI's plugins ${cni.toFixed(1)} ms, of which the sandbox waits for ${waited.toFixed(1)}; all else ${(all - waited).toFixed(1)} ms.`,
  ].join("\n");
};
