/** What is killed in one life, and when: drawn from a seed, so that a life can be repeated. */

export type Victim = "daemon" | "monitor" | "both" | "tool" | "nobody";
export const STEPS = ["run", "create", "start", "job", "exec", "status", "stop", "remove", "end"] as const;
export type Step = (typeof STEPS)[number];

export interface Plan {
  readonly seed: number;
  readonly runtime: "crun" | "runc";
  readonly victim: Victim;
  /** The step in which it is killed. */
  readonly at: Step;
  /** How long after the step's begin. */
  readonly afterMs: number;
  /** The code with which the job ends by itself. */
  readonly jobCode: number;
  readonly jobMs: number;
}

/** mulberry32: small, and the same everywhere. */
const randomOf = (seed: number): (() => number) => {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const VICTIMS: readonly Victim[] = ["daemon", "daemon", "daemon", "monitor", "monitor", "both", "both", "tool", "tool"];
const LONGEST_STEP_MS = 80;
const LONGEST_JOB_MS = 400;

export const planOf = (seed: number): Plan => {
  const random = randomOf(seed);
  const pick = <One>(from: readonly One[]): One => from[Math.floor(random() * from.length)] as One;
  return {
    seed,
    runtime: random() < 0.75 ? "crun" : "runc",
    victim: pick(VICTIMS),
    at: pick(STEPS),
    afterMs: Math.floor(random() * LONGEST_STEP_MS),
    jobCode: 1 + Math.floor(random() * 120),
    jobMs: Math.floor(random() * LONGEST_JOB_MS),
  };
};

export const tellPlan = ({ seed, runtime, victim, at, afterMs }: Plan): string =>
  `seed ${seed}: ${runtime}, ${victim} killed ${afterMs} ms into "${at}"`;
