/**
 * How driver calls of a pod may end in a fork: what each verb answers where it goes well, and what failures are called. Values
 * that only a node could know are made up, and look it.
 */
import type { Drivers } from "../../actors/drivers.ts";
import type { ErrorCode, Failure } from "../../errors.ts";
import type { Init } from "../../machines/container-recovery.ts";
import type { Exit, HowItEnded, MonoMs } from "../../vocabulary/index.ts";

/** The moment at which a call ends, on both clocks; and the call's number, by which what is made up differs. */
export interface EndedAt {
  readonly mono: MonoMs;
  /** Milliseconds since 1970. */
  readonly wall: number;
  readonly n: number;
}

/** One of the ways in which a call goes well. */
export interface Answer<Output = unknown> {
  readonly text: string;
  readonly output: (at: EndedAt) => Output;
}

type OutputOf<Verb> = Verb extends (...parameters: never[]) => infer Output ? Awaited<Output> : never;
/** Each verb that answers something, with the ways in which it may. */
type Answering<Verbs> = {
  readonly [Verb in keyof Verbs as OutputOf<Verbs[Verb]> extends void ? never : Verb]: readonly Answer<
    OutputOf<Verbs[Verb]>
  >[];
};

const well = "goes well";
/** The kernel gives out none so high. */
const madeUp = ({ n }: EndedAt): Init => ({ pid: 5_000_000 + n, startTicks: n });

export const exitAt = ({ wall }: EndedAt, how: HowItEnded): Exit => ({
  at: `${Math.round(wall)}000000`,
  oomKilled: false,
  ...how,
});

/** For who tells of a process. */
export const EXITS: readonly (readonly [text: string, how: HowItEnded])[] = [
  ["its process ended with code 0", { code: 0 }],
  ["its process ended with code 1", { code: 1 }],
  ["its process was killed", { signal: 9 }],
];
const answers: {
  readonly network: Answering<Omit<Drivers["network"], "watch">>;
  readonly monitor: Answering<Omit<Drivers["monitor"], "connect" | "upgrade">>;
} & { readonly [Driver in "namespaces" | "infra" | "runtime" | "execs"]: Answering<Drivers[Driver]> } = {
  namespaces: {
    look: [
      { text: "all of it is there", output: () => ({ intact: true }) },
      { text: "something of it is gone", output: () => ({ intact: false }) },
    ],
  },
  infra: { create: [{ text: well, output: madeUp }] },
  // An address that is for documents.
  network: { attach: [{ text: well, output: () => ({ ips: ["192.0.2.1"] }) }] },
  runtime: {
    force: [{ text: well, output: ({ mono }) => ({ at: mono }) }],
    status: [
      ...(["created", "running", "stopped"] as const).map((status) => ({
        text: `it is ${status}`,
        output: () => status,
      })),
      { text: "it knows no such container", output: () => null },
    ],
  },
  monitor: {
    create: [{ text: well, output: madeUp }],
    look: [
      { text: "its process runs", output: () => ({ is: "running" }) },
      ...EXITS.map(([text, how]) => ({
        text,
        output: (at: EndedAt) => ({ is: "exited", exit: exitAt(at, how) }) as const,
      })),
    ],
  },
  execs: {
    spawn: [{ text: well, output: madeUp }],
    kill: [{ text: well, output: ({ mono }) => ({ at: mono }) }],
  },
};

const silent: readonly Answer[] = [{ text: well, output: () => undefined }];

/** Never none. */
export const answersOf = (driver: string, verb: string): readonly Answer[] =>
  (answers as Readonly<Record<string, Readonly<Record<string, readonly Answer[]>>>>)[driver]?.[verb] ?? silent;

/** What a driver may say of a failure. */
export const FAILURES: readonly ErrorCode[] = [
  "Failed",
  "Unavailable",
  "Exhausted",
  "NotFound",
  "NotAllowed",
  "Cancelled",
  "Overdue",
];

/** Where nothing else is said. */
export const FAILURE: Failure = { code: "Failed", text: "as its reader chose" };
