/** What an actor at work has to know: what it works on, why it gives up, and that what it waits for has come. */
import type { Process } from "./world/kernel.ts";

export interface Knowing {
  readonly work?: { readonly verb: string } | null;
  readonly exit?: object | null;
  readonly failure?: object | null;
  readonly asked?: boolean;
  /** The one that an exec began; null: it was not told of one, and the monitor ends what there is. */
  readonly process?: object | null;
  readonly next?: { readonly verb: string } | null;
  readonly deadline?: number | null;
  readonly cancelled?: boolean;
  /** What becomes of a command whose caller has left. */
  readonly whenGone?: string;
}

/** How long a command that was killed is waited for. */
const DYING_MS = 5_000;

/** The works that a state may be part of, by how its path begins. */
const WORKS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  container: {
    creating: ["create"],
    starting: ["start"],
    updating: ["update"],
    stopping: ["start", "stop", "remove"],
    removing: ["create", "remove"],
  },
  sandbox: { creating: ["create"], removing: ["create", "remove"] },
};

const isIn = (place: string, ...states: readonly string[]): boolean => states.includes(place);

const wrongWithEnd = (place: string, exit: object | null, process: Process | undefined): string | undefined => {
  if (exit && isIn(place, "stopping.resting", "stopping.waiting", "stopping.dying", "running", "dying"))
    return "knows of the end that it waits for";
  if (place.startsWith("settling") && process && process.phase !== "ended") return "has a process that lives";
  return undefined;
};

/** An exec waits for what it has killed, and does not go on with what nobody wants. */
const wrongWithExec = (
  place: string,
  { exit, deadline, cancelled, whenGone }: Knowing,
  now: number,
): string | undefined => {
  if (place === "running" && cancelled && whenGone !== "goOn") return "goes on, and its caller has left";
  if (place === "collecting" && !exit && now < (deadline ?? 0) + DYING_MS)
    return "does not wait for what it has killed";
  return undefined;
};

/** `process`: that of the container, or the one that an exec began. Undefined: all is as it should be. */
export const wrongWithKnowledge = (
  kind: string,
  place: string,
  known: Knowing,
  process: Process | undefined,
  { life, now }: { readonly life: number; readonly now: number },
): string | undefined => {
  const { work = null, next = null, exit = null, failure = null, asked = true, process: named = null } = known;
  const verbs = WORKS[kind]?.[place.split(".", 1)[0] ?? ""];
  if (verbs && !verbs.includes(work?.verb ?? "")) return `has ${work?.verb ?? "nothing"} to do`;
  const isUndone = work?.verb === "create" && place.startsWith("removing");
  const isGivenUp = work?.verb === "start" && place.startsWith("stopping");
  if ((isUndone || isGivenUp) && !failure) return "does not know why it is given up";
  if (kind === "container" && place === "stopping.waiting" && !asked && process?.terms.has(life))
    return "has asked its process to end, and does not know it";
  const isRemoved = work?.verb === "remove" || next?.verb === "remove";
  if (kind === "container" && place === "stopping.waiting" && isRemoved && (known.deadline ?? 0) > now)
    return "is to be removed, and has patience";
  const ofExec = kind === "exec" ? wrongWithExec(place, known, now) : undefined;
  if (ofExec !== undefined) return ofExec;
  const goesOn = process?.phase === "running" && !process.doomed;
  if (kind === "exec" && isIn(place, "dying", "collecting") && named && goesOn)
    return "leaves a process that nobody ends";
  if (place === "resting" && work) return `lets the caller of its ${work.verb} wait`;
  return kind === "container" || kind === "exec" ? wrongWithEnd(place, exit, process) : undefined;
};
