/** A card as rows: what is awaited, since when, what ends it, who asked, and where to read on. */
import type { Explanation, Until } from "../../machines/explanation.ts";
import { helpAt } from "../../inspect/help/texts.ts";
import { restlessSince } from "../../inspect/stuck.ts";
import type { Card } from "../../inspect/cards.ts";
import type { SceneCaller } from "../../inspect/scene.ts";
import { labelOf } from "../../inspect/subjects.ts";
import type { Transition } from "../../inspect/transitions.ts";
import { describeExit, kindOf, objectOf, shortId, type MonoMs } from "../../vocabulary/index.ts";
import type { Row } from "./layout.ts";
import { unlinked } from "./plain.ts";
import { plural } from "../../inspect/words.ts";
import { span } from "./words.ts";

const STUCK_PAGE = "docs/stuck.md";
const SHOWN_CALLERS = 3;
/** A moment that differs by less from one that is told already is not told. */
const NOTABLE_MS = 1_000;

/** `container 3f2a1b9c8d7e`: the kind and as much of the id as names it. */
export const thing = (actorId: string): string =>
  actorId.includes("/") ? `${kindOf(actorId)} ${shortId(objectOf(actorId))}` : actorId;

/** What ends the wait, at a moment that may have passed. */
const ending = ({ what, at }: Until, mono: MonoMs): string => {
  const left = at - mono;
  const when = left >= 0 ? `in ${span(left)}` : `was due ${span(-left)} ago`;
  switch (what) {
    case "deadline":
      return left >= 0 ? `at its client's deadline, ${when}` : `its client's deadline ${when}`;
    case "bound":
      return `when it is done, or as a failure ${when}`;
    case "next try":
      return `next try ${when}`;
  }
};

const endOf = ({ until, bound, call, waitsFor }: Explanation, mono: MonoMs): string => {
  if (until) return ending(until, mono);
  if (bound !== undefined && bound !== "call" && bound !== "deadline" && bound !== "backoff") return `bound: ${bound}`;
  if (call && !call.begun) return "after an earlier call of the same actor, which is under way";
  return `when ${waitsFor ?? "it"} is done; nothing bounds it`;
};

const awaited = ({ waitsFor, call, help = "" }: Explanation): string => {
  const what = helpAt(help)?.what;
  const made = call && call.driver !== "clock" ? ` (${call.driver}.${call.verb})` : "";
  return what === undefined ? `${waitsFor ?? "?"}${made}` : `${waitsFor}: ${unlinked(what)}${made}`;
};

/** What its call is at, and for how long that has not changed. */
const doing = ({ call }: Explanation, mono: MonoMs): readonly Row[] => {
  if (!call?.doing) return [];
  const { text, at } = call.doing;
  return [{ label: "doing", text: `${text}${mono - at < NOTABLE_MS ? "" : `, unchanged for ${span(mono - at)}`}` }];
};

/** Rows about what an actor waits for, and those of whoever it waits for below them. */
const waiting = (explanation: Explanation, mono: MonoMs): readonly Row[] => {
  const { state, stateSince, waitsFor, work, tries, trouble, undoing } = explanation;
  const since = restlessSince(explanation);
  return [
    {
      label: "state",
      text: `${state ?? "crashed"}${stateSince === undefined ? "" : `, for ${span(mono - stateSince)}`}`,
    },
    ...(work ? [{ label: "work", text: `${work.verb}, for ${span(mono - work.since)}` }] : []),
    ...(waitsFor === undefined ? [] : [{ label: "waits for", text: awaited(explanation) }]),
    ...doing(explanation, mono),
    ...(explanation.since !== undefined && explanation.since - (since ?? 0) > NOTABLE_MS
      ? [{ label: "since", text: `${span(mono - explanation.since)} ago` }]
      : []),
    ...(waitsFor === undefined ? [] : [{ label: "ends", text: endOf(explanation, mono) }]),
    ...(tries ? [{ label: "tried", text: plural(tries, "time") }] : []),
    ...(trouble ? [{ label: "last error", text: `${trouble.text} (${span(mono - trouble.at)} ago)` }] : []),
    ...(undoing ? [{ label: "undoing", text: `what failed: ${undoing.text}` }] : []),
  ];
};

const callerRows = (callers: readonly SceneCaller[], mono: MonoMs): readonly Row[] => {
  const rows = callers.slice(0, SHOWN_CALLERS).map(({ method, agent, since, until }) => {
    const left = until === undefined ? "" : `, gives up in ${span(until - mono)}`;
    return `${method}${agent === undefined ? "" : ` by ${agent}`}, for ${span(mono - since)}${left}`;
  });
  const more = callers.length - rows.length;
  const texts = more > 0 ? [...rows, `and ${plural(more, "more call")}`] : rows;
  return texts.map((text, n) => ({ label: n === 0 ? "asked by" : "", text }));
};

const transitionRows = (transitions: readonly Transition[], mono: MonoMs): readonly Row[] =>
  transitions.map(({ from, to, event, mono: at, ms }, n) => ({
    label: n === 0 ? "before" : "",
    text: `${span(mono - at)} ago: ${from === undefined ? "" : `${from} → `}${to} (${event}${ms === undefined ? "" : `, after ${span(ms)}`})`,
  }));

const lookRows = ({ help, actor }: Card): readonly Row[] => {
  const other = actor.explanation?.other;
  const anchor = other?.help ?? help?.anchor;
  const lasting = unlinked((other && helpAt(other.help ?? "")?.lasting) ?? help?.lasting ?? "");
  return anchor === undefined
    ? []
    : [{ label: "look at", text: `${lasting === "" ? "" : `${lasting}; `}${STUCK_PAGE}#${anchor}` }];
};

/** Of one that is not at rest. */
export const cardRows = (card: Card, mono: MonoMs): readonly Row[] => {
  const { actor, callers, transitions } = card;
  const { explanation, crashed, quarantined } = actor;
  return [
    ...(crashed === undefined ? [] : [{ label: "crashed", text: crashed }]),
    ...(quarantined === undefined
      ? []
      : [{ label: "quarantined", text: `${quarantined}; it begins again when it is told to` }]),
    ...(explanation ? waiting(explanation, mono) : []),
    ...(explanation?.other
      ? [{ label: "behind", text: thing(explanation.other.actor) }, ...waiting(explanation.other, mono)]
      : []),
    ...callerRows(callers, mono),
    ...lookRows(card),
    ...transitionRows(transitions, mono),
  ];
};

/** Of one at rest, in a line. */
export const restingText = ({ actor }: Card, mono: MonoMs): string => {
  const { id, name, state, since, exit } = actor;
  const named = name?.container === undefined ? thing(id) : `container ${name.container} (${shortId(objectOf(id))})`;
  const age = since === undefined ? "" : ` for ${span(mono - since)}`;
  const ended = exit ? `, ended with ${describeExit(exit)}${exit.oomKilled === true ? ", killed for memory" : ""}` : "";
  return `${named} ${state ?? "crashed"}${age}${ended}`;
};

/** `default/web/app container 3f2a…` */
export const titleOf = ({ actor }: Card): string => {
  const [label, what] = [labelOf(actor), thing(actor.id)];
  return label === what || label === actor.id ? what : `${label} ${what}`;
};
