/** What is killed in one life, and when: drawn from a seed, so that a life can be repeated. */
import { numbersFrom } from "../../spec/support/seeded.ts";

/** `tool`: the tool in flight itself; the others, with a tool in flight beside them or in the midst of a step. */
export type Victim = "daemon" | "monitor" | "both" | "tool";
export const STEPS = ["run", "create", "start", "job", "exec", "upgrade", "status", "stop", "remove", "end"] as const;
export type Step = (typeof STEPS)[number];
/** Before a tool has done anything, in the midst, and when all is done and nobody was told. */
export const PHASES = ["before", "during", "after"] as const;
export type Phase = (typeof PHASES)[number];

export interface InStep {
  readonly step: Step;
  /** How long after its begin. */
  readonly afterMs: number;
}
export interface InTool {
  /** "crun create", "bridge ADD". */
  readonly call: string;
  readonly phase: Phase;
  /** Into its work, where the phase is `during`. */
  readonly afterMs: number;
  /** How long it is held after the blow, where it was not the victim. */
  readonly heldMs: number;
}
export interface Plan {
  readonly seed: number;
  readonly runtime: "crun" | "runc";
  readonly victim: Victim;
  readonly at: InStep | InTool;
  /** Killed once more, so long after its next life has begun; absent: only once. */
  readonly againMs?: number;
  /** The code with which the job ends by itself. */
  readonly jobCode: number;
  readonly jobMs: number;
}

const VICTIMS: readonly Victim[] = ["daemon", "daemon", "daemon", "monitor", "monitor", "both", "both", "tool", "tool"];
const LONGEST_AGAIN_MS = 300;
const LONGEST_HELD_MS = 300;
const LONGEST_JOB_MS = 400;

/** How long they take on a quiet machine; tools a little longer, so that nearly every blow falls into their work. */
const STEP_MS: Readonly<Record<Step, number>> = {
  run: 100,
  create: 40,
  start: 15,
  job: 60,
  exec: 30,
  upgrade: 250,
  status: 100,
  stop: 30,
  remove: 60,
  end: 250,
};
const PLUGIN_CALLS: Readonly<Record<string, number>> = {
  "bridge ADD": 18,
  "host-local ADD": 3,
  "portmap ADD": 22,
  "portmap DEL": 80,
  "bridge DEL": 50,
  "host-local DEL": 2,
};
const RUNTIME_CALLS: Readonly<Record<Plan["runtime"], Readonly<Record<string, number>>>> = {
  crun: { "crun create": 12, "crun start": 5, "crun exec": 11, "crun kill": 3, "crun delete": 3 },
  runc: { "runc create": 28, "runc start": 5, "runc exec": 25, "runc kill": 5, "runc delete": 5 },
};

export const planOf = (seed: number): Plan => {
  const below = numbersFrom(seed);
  const pick = <One>(from: readonly One[]): One => from[below(from.length)] as One;
  const runtime = below(4) > 0 ? "crun" : "runc";
  const victim = pick(VICTIMS);
  // A plugin call as often as one of a runtime's, though there are more of them.
  const calls = Object.entries(below(2) > 0 ? RUNTIME_CALLS[runtime] : PLUGIN_CALLS);
  const [call, workMs] = pick(calls);
  const step = pick(STEPS);
  const inTool: InTool = { call, phase: pick(PHASES), afterMs: below(workMs), heldMs: below(LONGEST_HELD_MS) };
  const inStep: InStep = { step, afterMs: below(STEP_MS[step]) };
  const at = victim === "tool" || below(2) > 0 ? inTool : inStep;
  const again = victim !== "tool" && below(3) === 0 ? { againMs: below(LONGEST_AGAIN_MS) } : {};
  return { seed, runtime, victim, at, ...again, jobCode: 1 + below(120), jobMs: below(LONGEST_JOB_MS) };
};

export const tellPlan = ({ seed, runtime, victim, at, againMs }: Plan): string => {
  const who = victim === "tool" ? "it is killed itself" : `${victim} killed`;
  const when =
    "step" in at
      ? `${who} ${at.afterMs} ms into "${at.step}"`
      : `"${at.call}" comes, ${who} ${at.phase === "during" ? `${at.afterMs} ms into its work` : `${at.phase} its work`}`;
  return `seed ${seed}: ${runtime}, ${when}${againMs === undefined ? "" : `, and again ${againMs} ms later`}`;
};
