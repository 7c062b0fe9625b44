/**
 * All sequences of a few operations, each with its daemon dead at every point: between any two moves (what it was doing
 * itself is then done, or not), and before and after each of its synchronous steps. Nothing else goes wrong, nothing is
 * left to chance.
 */
import type { Operation } from "./client.ts";
import { Schedule, type Ended } from "./schedule.ts";
import type { Reins } from "./reins.ts";
import type { Rehearsing } from "./rehearse.ts";

/** How far the pod has come when the sequence begins. */
const BEGINNINGS = {
  nothing: [],
  ready: ["run"],
  created: ["run", "create"],
  running: ["run", "create", "start"],
} as const satisfies Record<string, readonly Operation[]>;
type Beginning = keyof typeof BEGINNINGS;

export interface Plan {
  readonly beginning: Beginning;
  readonly operations: readonly Operation[];
  /** Each is asked for as soon as the one before was, not when that has been answered. */
  readonly atOnce: boolean;
}

/** Where the daemon dies. */
export type CrashPoint =
  { readonly between: number; readonly effective: boolean } | { readonly step: number; readonly fate: 3 | 4 };

type Alphabet = Readonly<Record<Beginning, readonly Operation[]>>;
/** What changes the pod, from where it can. */
const SENSIBLE: Alphabet = {
  nothing: ["run"],
  ready: ["create", "stop sandbox", "remove sandbox"],
  created: ["start", "remove", "stop sandbox", "remove sandbox"],
  running: ["update", "stop", "remove", "stop sandbox", "remove sandbox"],
};
const ALL: readonly Operation[] = [
  ...([
    "run",
    "create",
    "start",
    "update",
    "checkpoint",
    "stop",
    "remove",
    "exec",
    "stream",
    "attach",
    "leave",
    "stop sandbox",
    "remove sandbox",
    "pull",
  ] as const),
];
const EVERYTHING: Alphabet = { nothing: ALL, ready: ALL, created: ALL, running: ALL };

const sequences = (alphabet: readonly Operation[], length: number): readonly (readonly Operation[])[] =>
  length === 0 ? [[]] : sequences(alphabet, length - 1).flatMap((before) => alphabet.map((one) => [...before, one]));

/** All plans of at most `most` operations; `everything`: senseless ones too, and such as wait for each other. */
export const plansOf = (most: number, everything: boolean): readonly Plan[] => {
  const alphabet = everything ? EVERYTHING : SENSIBLE;
  const lengths = Array.from({ length: most }, (_, n) => n + 1);
  return (Object.keys(BEGINNINGS) as Beginning[]).flatMap((beginning) =>
    lengths.flatMap((length) =>
      sequences(alphabet[beginning], length).flatMap((operations) => [
        { beginning, operations, atOnce: true },
        ...(everything && length > 1 ? [{ beginning, operations, atOnce: false }] : []),
      ]),
    ),
  );
};

export const planInWords = ({ beginning, operations, atOnce }: Plan): string =>
  `${beginning}: ${operations.join(atOnce ? " and " : ", then ")}`;

export const crashInWords = (crash: CrashPoint | undefined): string => {
  if (!crash) return "nobody dies";
  if ("step" in crash) return `the daemon dies ${crash.fate === 3 ? "before" : "after"} its step ${crash.step}`;
  return `the daemon dies before move ${crash.between}, what it did itself ${crash.effective ? "done" : "undone"}`;
};

const MOST_MOVES = 2_000;
const NEVER = 1_000_000;

/** One run of a plan: asks when it is time to ask, and lets the daemon die where it is to. */
class Script {
  /** Where a death makes a difference, as a run without one comes by. */
  readonly points: CrashPoint[] = [];
  /** An operation found nothing to be done to: a shorter plan is the same. */
  isVoid = false;
  readonly #plan: Plan;
  readonly #crash: CrashPoint | undefined;
  readonly #operations: readonly Operation[];
  readonly #first: number;
  #asked = 0;
  #moves = 0;

  constructor(plan: Plan, crash: CrashPoint | undefined) {
    this.#plan = plan;
    this.#crash = crash;
    this.#first = BEGINNINGS[plan.beginning].length;
    this.#operations = [...BEGINNINGS[plan.beginning], ...plan.operations];
  }

  readonly lead = (reins: Reins): boolean => {
    const [move, crash] = [this.#moves++, this.#crash];
    const begun = this.#asked > this.#first;
    if (begun && !crash) this.#notePoints(reins, move);
    if (crash && "between" in crash && crash.between === move) {
      reins.die();
      return true;
    }
    const next = this.#operations[this.#asked];
    const asksNow = next !== undefined && reins.serving && begun && this.#plan.atOnce;
    if (!asksNow && reins.settle()) return true;
    if (next === undefined || !reins.serving) return this.#end(reins);
    return this.#ask(reins, next);
  };

  #ask({ node, client }: Reins, operation: Operation): boolean {
    if (this.#asked === this.#first) {
      const { step = NEVER, fate = 3 } = this.#crash && "step" in this.#crash ? this.#crash : {};
      node.ambush = { left: step, fate };
    }
    this.#asked++;
    this.isVoid = !client.ask(operation) && !this.#crash;
    return !this.isVoid;
  }

  #notePoints({ node }: Reins, between: number): void {
    this.points.push({ between, effective: false });
    const dies = node.operations.underWay().some(({ life, outlives }) => life === node.life && !outlives);
    if (dies) this.points.push({ between, effective: true });
  }

  /** Whoever heals is not ambushed. */
  #end({ node }: Reins): boolean {
    const steps = NEVER - (node.ambush?.left ?? NEVER);
    node.ambush = undefined;
    if (!this.#crash) for (let step = 0; step < steps; step++) this.points.push({ step, fate: 3 }, { step, fate: 4 });
    return false;
  }
}

/** A choice that is always "yes", for each operation that dies at this moment. */
const DONE = Array.from({ length: 16 }, () => 999);

const tapeOf = (crash: CrashPoint | undefined): number[][] => {
  if (!crash || !("between" in crash) || !crash.effective) return [];
  // The first step of a tape is the schedule's own.
  return [...Array.from({ length: crash.between + 1 }, () => []), DONE];
};

export interface Run extends Ended {
  readonly isVoid: boolean;
  readonly points: readonly CrashPoint[];
}

export const runPlan = async (
  plan: Plan,
  crash: CrashPoint | undefined,
  { stage, tick, watcher }: Rehearsing,
): Promise<Run> => {
  const script = new Script(plan, crash);
  const { lead } = script;
  const source = { tape: tapeOf(crash) };
  const ended = await new Schedule({ source, stage, tick, lead, steps: MOST_MOVES, ...(watcher && { watcher }) }).run();
  return { ...ended, isVoid: script.isVoid, points: script.points };
};

export interface Found {
  readonly plan: Plan;
  readonly crash: CrashPoint | undefined;
  readonly finding: string;
}

/** Runs a plan without a death and with one at each of its points. */
export const exhaust = async (
  plan: Plan,
  rehearsing: Rehearsing,
): Promise<{ readonly runs: number; readonly found: readonly Found[] }> => {
  const { points, isVoid, findings } = await runPlan(plan, undefined, rehearsing);
  if (isVoid) return { runs: 0, found: [] };
  const found: Found[] = findings.map((finding) => ({ plan, crash: undefined, finding }));
  for (const crash of points) {
    const [finding] = (await runPlan(plan, crash, rehearsing)).findings;
    if (finding !== undefined) found.push({ plan, crash, finding });
  }
  return { runs: points.length + 1, found };
};
