/** What may be chosen in a fork: how a call ends, that time goes on, or what is told from outside. Data, so that it can be done again. */
import type { AnyActorRef, AnyEventObject } from "xstate";
import type { Failure } from "../../errors.ts";
import type { OpenCall } from "../../supervisors/door.ts";
import { kindOf, type MonoMs } from "../../vocabulary/index.ts";
import { lasting } from "../words.ts";
import { answersOf, EXITS, exitAt, type EndedAt } from "./answers.ts";

export type Choice =
  /** `way`: the place among its answers. */
  | { readonly kind: "answer"; readonly call: number; readonly way: number }
  | { readonly kind: "failure"; readonly call: number; readonly failure: Failure }
  | { readonly kind: "wait"; readonly until: MonoMs }
  /** `what`: its words. */
  | { readonly kind: "tell"; readonly actor: string; readonly what: string };

export interface Option {
  readonly choice: Choice;
  /** What becomes of the question: `goes well`. */
  readonly text: string;
}

/** Something that is open, and what may become of it. */
export interface Question {
  readonly actor: string;
  /** What is awaited, or who may speak: `network.attach`, `from outside`. */
  readonly about: string;
  /** Its number, where it may fail as well, in words of the reader's. */
  readonly call?: number;
  readonly since?: MonoMs;
  readonly options: readonly Option[];
}

/** `n`: the number by which records have it. */
export const questionOf = ({ call, since }: OpenCall, n: number, at: MonoMs | undefined, now: MonoMs): Question => {
  const { by, driver, verb, boundMs } = call;
  const about = `${driver}.${verb}`;
  if (driver === "clock") {
    const wait =
      at === undefined || at > 1e12 ? [] : ([{ choice: { kind: "wait", until: at }, text: dueIn(at, now) }] as const);
    return { actor: by, about, since, options: wait };
  }
  const ends = answersOf(driver, verb).map(
    ({ text }, way) => ({ choice: { kind: "answer", call: n, way }, text }) as const,
  );
  const bound = boundMs === null ? undefined : since + boundMs;
  const hangs =
    bound === undefined
      ? []
      : ([
          { choice: { kind: "wait", until: bound }, text: `hangs until its bound, ${lasting(bound - now)} on` },
        ] as const);
  return { actor: by, about, call: n, since, options: [...ends, ...hangs] };
};

const dueIn = (at: MonoMs, now: MonoMs): string => `time goes on by ${lasting(at - now)}, and it comes`;

type Told = readonly [what: string, event: AnyEventObject];

const GRACE_MS = 30_000;

interface Process {
  readonly init?: unknown;
  readonly infra?: unknown;
  readonly process?: unknown;
  readonly exit?: unknown;
  readonly infraEnded?: boolean;
}

const tellings: Readonly<Record<string, (context: Process, at: EndedAt) => readonly Told[]>> = {
  container: ({ init, exit }, at) => [
    ...(init && !exit ? EXITS.map(([what, how]): Told => [what, { type: "exited", exit: exitAt(at, how) }]) : []),
    ["a client asks to start it", { type: "start", at: at.mono }],
    [
      `a client asks to stop it, with ${GRACE_MS / 1000} s of grace`,
      { type: "stop", at: at.mono, deadline: at.mono + GRACE_MS },
    ],
    ["a client asks to stop it at once", { type: "stop", at: at.mono, deadline: at.mono }],
    ["a client asks to remove it", { type: "remove", at: at.mono }],
  ],
  sandbox: ({ infra, infraEnded }, at) => [
    ...(infra && !infraEnded
      ? ([["its infra process was killed", { type: "exited", exit: exitAt(at, { signal: 9 }) }]] as const)
      : []),
    ["a client asks to stop it", { type: "stop", at: at.mono }],
    ["a client asks to remove it", { type: "remove", at: at.mono }],
  ],
  exec: ({ process, exit }, at) => [
    ...(process && !exit
      ? EXITS.map(([what, how]): Told => [what, { type: "execExited", exit: exitAt(at, how) }])
      : []),
    ["its client goes", { type: "cancel" }],
  ],
  attach: () => [
    ["the container's streams end", { type: "detached", why: "ended" }],
    ["its client's input ends", { type: "inputEnded" }],
    ["its client goes", { type: "cancel" }],
  ],
};

/** What this actor may be told in its state by whoever is not of its pod: clients, and the monitor. */
export const tellingsFor = (ref: AnyActorRef, at: EndedAt): readonly Told[] => {
  const { status, context, can } = ref.getSnapshot() as {
    status: string;
    context: Process;
    can: (event: AnyEventObject) => boolean;
  };
  if (status !== "active") return [];
  const all = tellings[kindOf(ref.id)]?.(context, at) ?? [];
  return all.filter(([, event]) => can.call(ref.getSnapshot(), event));
};
