/**
 * Work numbers: how callers attach to what an actor does (five equal Removes do the work once and get one answer).
 *
 * Every accepted verb is work with a number. One is under way (`work`), at most one waits behind it (`next`), and the
 * last few that ended are kept with their outcome (`ended`), so that a caller who looks late still learns of its own.
 */
import type { Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";

export interface Work<Verb extends string = string> {
  readonly n: number;
  readonly verb: Verb;
  readonly since: MonoMs;
}

export interface Ended {
  readonly n: number;
  readonly failure: Failure | null;
}

export interface Works<Verb extends string = string> {
  readonly work: Work<Verb> | null;
  readonly next: Work<Verb> | null;
  readonly ended: readonly Ended[];
}

const REMEMBERED = 4;

/** What is recorded of works, so that an actor started anew numbers on: the number reached, and the verb if it is not done. */
export interface WorkMemo<Verb extends string = string> {
  readonly n: number;
  readonly verb: Verb | null;
}

/** Works of a new actor, which begins with `verb`; or of one that takes up what another left, whose last work failed of `failure`. */
export const taking = <Verb extends string>(
  verb: Verb,
  memo: WorkMemo<Verb> | undefined,
  since: MonoMs,
  failure: Failure | null = null,
): Works<Verb> => {
  if (!memo) return { work: { n: 1, verb, since }, next: null, ended: [] };
  if (memo.verb) return { work: { n: memo.n, verb: memo.verb, since }, next: null, ended: [] };
  return { work: null, next: null, ended: [{ n: memo.n, failure }] };
};

/** `result`: the commit that ends the work, unless it is a removal, which only ends when nothing is left to record. */
export const remembering = <Verb extends string>({ work, ended }: Works<Verb>, result: boolean): WorkMemo<Verb> => ({
  n: work?.n ?? ended.at(-1)?.n ?? 0,
  verb: work && (!result || work.verb === "remove") ? work.verb : null,
});

const highest = ({ work, next, ended }: Works): number => Math.max(0, work?.n ?? 0, next?.n ?? 0, ended.at(-1)?.n ?? 0);

/** `verb` begins now: what waited behind it is taken up by it. */
export const begin = <Verb extends string>(works: Works<Verb>, verb: Verb, since: MonoMs): Works<Verb> => ({
  ...works,
  work: works.next ? { ...works.next, verb } : { n: highest(works) + 1, verb, since },
  next: null,
});

/** `verb` is to follow the work under way. A verb that waits already is replaced under its number: remove does all that stop does. */
export const queue = <Verb extends string>(works: Works<Verb>, verb: Verb, since: MonoMs): Works<Verb> => ({
  ...works,
  next: works.next ? { ...works.next, verb } : { n: highest(works) + 1, verb, since },
});

/** The work under way has ended. */
export const end = <Verb extends string>(works: Works<Verb>, failure: Failure | null): Works<Verb> =>
  works.work
    ? { ...works, work: null, ended: [...works.ended, { n: works.work.n, failure }].slice(-REMEMBERED) }
    : works;

/** Everything ends: the actor is about to be final. What waited ends well, for being gone is all that it wanted. */
export const endAll = <Verb extends string>(works: Works<Verb>, failure: Failure | null): Works<Verb> =>
  endNext(end(works, failure));

/** True when the work under way does all that `verb` wants: the same verb, or remove for stop. */
export const covers = (under: string | undefined, verb: string): boolean =>
  under === verb || (under === "remove" && verb === "stop");

/** `verb` joins the work under way when that does its job, and waits behind it otherwise. */
export const join = <Verb extends string>(works: Works<Verb>, verb: Verb, since: MonoMs): Works<Verb> =>
  covers(works.work?.verb, verb) || covers(works.next?.verb, verb) ? works : queue(works, verb, since);

/** The number to wait for after `verb` was sent; undefined when there was nothing left to do. */
export const numberFor = (works: Works, verb: string): number | undefined => {
  if (works.work && covers(works.work.verb, verb)) return works.work.n;
  if (works.next && covers(works.next.verb, verb)) return works.next.n;
  return undefined;
};

/** Number `n` was given out. A new actor numbers on from its record, so one that was never recorded is given out again. */
export const isGivenOut = (works: Works, n: number): boolean => highest(works) >= n;

/** How number `n` ended; undefined while it has not. Older than what is remembered counts as well ended. */
export const outcome = ({ work, next, ended }: Works, n: number): Ended | undefined => {
  const found = ended.find((one) => one.n === n);
  if (found || work?.n === n || next?.n === n) return found;
  return (ended.at(-1)?.n ?? 0) > n ? { n, failure: null } : undefined;
};

interface Command {
  readonly type: string;
  readonly at?: MonoMs;
}
const commanded = ({ type, at }: Command): { verb: never; at: MonoMs } => ({ verb: type as never, at: at ?? 0 });

/** `begin` and `join` for a command event, whose type is the verb: what machines assign on it. */
export const beginBy = <Verb extends string>(works: Works<Verb>, event: Command): Works<Verb> =>
  begin(works, commanded(event).verb, commanded(event).at);
export const joinBy = <Verb extends string>(works: Works<Verb>, event: Command): Works<Verb> =>
  join(works, commanded(event).verb, commanded(event).at);

/** What waited is taken up. */
export const beginNext = <Verb extends string>(works: Works<Verb>): Works<Verb> =>
  works.next ? begin(works, works.next.verb, works.next.since) : works;

/** What waited has nothing left to do. */
export const endNext = <Verb extends string>(works: Works<Verb>): Works<Verb> =>
  works.next ? end({ ...works, work: works.next, next: null }, null) : works;
