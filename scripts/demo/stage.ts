/**
 * Runs the demo's steps against the daemon, as a kubelet would: a call that the daemon's death cut off is repeated when it is
 * back. With a seed, the daemon is killed at a step and a moment drawn from it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { MethodName, Request, Response } from "../../src/grpc/contract.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import type { Methods } from "../../src/grpc/messages/methods.ts";
import { within } from "../slow.ts";
import type { Daemon } from "./daemon.ts";
import type { Story } from "./story.ts";

type UnaryName = { [M in MethodName]: Methods[M]["stream"] extends true ? never : M }[MethodName];

/** A kubelet's bound for a call. */
const deadlineMs = within(30_000);
/** A call under way takes some milliseconds; a moment after its end is a kill between two steps. */
const latestKillMs = 80;

export interface Step {
  readonly title: string;
  /** What was seen and found right, for people to read. Throws what was expected and what came. */
  work(stage: Stage): Promise<readonly string[]>;
  /** The step itself kills or stops the daemon: no seed does. */
  readonly calm?: true;
}

export interface Stage {
  readonly daemon: Daemon;
  readonly story: Story;
  call<M extends UnaryName>(name: M, request: Draft<Request<M>>): Promise<Response<M>>;
}

/** Throws with both where they differ. */
export const expectEqual = (what: string, came: unknown, expected: unknown): void => {
  if (Object.is(came, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`);
};

/** mulberry32: numbers from 0 to 1, the same for the same seed. */
const numbersFrom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const drawn = (steps: readonly Step[], seed: number): { step: Step; afterMs: number } | undefined => {
  const next = numbersFrom(seed);
  const wild = steps.filter(({ calm }) => calm === undefined);
  const step = wild[Math.floor(next() * wild.length)];
  return step && { step, afterMs: Math.floor(next() * latestKillMs) };
};

/** A stage on which nothing goes wrong on purpose. */
export const stageOf = (daemon: Daemon, story: Story): Stage => ({
  daemon,
  story,
  call: (name, request) => daemon.client().call(name, request, { deadlineMs }),
});

/** Runs the steps in their order; with a seed, one of them under a killed daemon. */
export const perform = async (steps: readonly Step[], daemon: Daemon, story: Story, seed?: number): Promise<void> => {
  const mishap = seed === undefined ? undefined : drawn(steps, seed);
  let kills = 0;
  let back: Promise<unknown> = Promise.resolve();

  const strike = async (afterMs: number): Promise<void> => {
    await pause(afterMs);
    kills++;
    back = daemon.kill().then(() => daemon.start((client) => client.call("Version", {}, { deadlineMs })));
    await back;
  };

  const plain = stageOf(daemon, story);
  const stage: Stage = {
    ...plain,
    call: async (name, request) => {
      for (;;) {
        const killsBefore = kills;
        try {
          return await plain.call(name, request);
        } catch (error) {
          if (kills === killsBefore) throw error;
          await back;
        }
      }
    },
  };

  for (const step of steps) {
    const begun = performance.now();
    const struck = mishap?.step === step ? strike(mishap.afterMs) : undefined;
    // The work is awaited first: a failure of it is told before one of the restart.
    struck?.catch(() => {});
    const notes = [...(await step.work(stage))];
    const ms = performance.now() - begun;
    if (struck) {
      await struck;
      notes.push(`the daemon was killed ${mishap?.afterMs} ms after this step began, and started again (seed ${seed})`);
    }
    story.step(step.title, ms, notes);
  }
};
