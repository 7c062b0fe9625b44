/** Mutants of what supervisors do: a part of one of their actions is left out, or one kind of thing is never told to one kind of child. */
import {
  enqueueActions,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
} from "xstate";
import { kindOf } from "../../vocabulary/actor-ids.ts";
import { chartOf, edgesIn, placesOfTaking, rebuilt, statesOf, wordOf } from "./chart.ts";
import { ofKind, type Mutant } from "./mutant.ts";
import type { Place } from "./reach.ts";

/** What an action may ask for, as XState hands it in. */
type Part = "assign" | "raise" | "spawnChild" | "stopChild" | "sendTo";
type Ask = (...given: unknown[]) => void;
type Enqueue = Ask & Record<Part, Ask>;
interface Given {
  readonly enqueue: Enqueue;
}
/** An action made of parts. */
interface Composed {
  readonly collect: (given: Given, params: unknown) => void;
}

const PARTS: readonly (Part | "call")[] = ["assign", "raise", "spawnChild", "stopChild", "sendTo", "call"];

const WORDS: Readonly<Record<Part | "call", string>> = {
  assign: "note",
  raise: "raise",
  spawnChild: "spawn",
  stopChild: "stop the child",
  sendTo: "send",
  call: "do",
};

const isComposed = (action: unknown): action is Composed =>
  typeof action === "function" && typeof (action as Partial<Composed>).collect === "function";

/** How often a part stands in an action: read from its text, for it may not come to it in every case. */
const timesIn = ({ collect }: Composed, part: Part | "call"): number =>
  [...String(collect).matchAll(part === "call" ? /\benqueue\(/g : new RegExp(`\\benqueue\\.${part}\\(`, "g"))].length;

/** The hand through which an action asks, with another for one part. */
const otherwise = (enqueue: Enqueue, part: Part | "call", ask: (before: Ask) => Ask): Enqueue => {
  const call: Ask = part === "call" ? ask(enqueue) : (...given) => enqueue(...given);
  const changed = Object.assign(call, enqueue);
  if (part !== "call") changed[part] = ask(enqueue[part]);
  return changed;
};

const withAction = (logic: AnyActorLogic, name: string, change: (enqueue: Enqueue) => Enqueue): AnyActorLogic => {
  const { implementations } = logic as AnyStateMachine;
  const action = implementations.actions[name] as unknown as Composed;
  const changed = enqueueActions((given: unknown, params: unknown) => {
    const whole = given as Given;
    action.collect({ ...whole, enqueue: change(whole.enqueue) }, params);
  });
  const actions = {
    ...implementations.actions,
    [name]: changed as unknown as (typeof implementations.actions)[string],
  };
  return rebuilt(logic, chartOf(logic), { ...implementations, actions });
};

/** Where an action is taken: on its edges, or as the actor begins. */
const placesOfAction = (kind: string, logic: AnyActorLogic, name: string): readonly Place[] => {
  const chart = chartOf(logic);
  if (chart.entry.some((action) => wordOf(action) === name)) return [{ kind, state: "" }];
  const edges = edgesIn(chart).filter(({ edge }) => edge.actions.some((action) => wordOf(action) === name));
  return edges.flatMap((edge) => placesOfTaking(kind, edge));
};

/** Each part of each action of a supervisor, left out. One that stands in a loop is left out each time. */
export const partMutants = (kind: string, logic: AnyActorLogic): readonly Mutant[] =>
  Object.entries((logic as AnyStateMachine).implementations.actions).flatMap(([name, action]) => {
    if (!isComposed(action)) return [];
    return PARTS.flatMap((part) => {
      const times = timesIn(action, part);
      return Array.from({ length: times }, (_, nth) =>
        ofKind(
          {
            kind,
            operator: "drop part of action",
            what: `${name} does not ${WORDS[part]}${times > 1 ? ` ${nth + 1}` : ""}`,
            places: placesOfAction(kind, logic, name),
          },
          (logic) =>
            withAction(logic, name, (enqueue) => {
              let come = 0;
              return otherwise(enqueue, part, (before) => (...given) => {
                if (times === 1 || come++ === nth) return;
                before(...given);
              });
            }),
        ),
      );
    });
  });

/** What these are told by others than their pod: the client, the monitor. */
const TOLD_BY_OTHERS: Readonly<Record<string, readonly string[]>> = {
  container: ["start", "exited", "update", "checkpoint"],
  sandbox: ["stop", "remove", "exited"],
  attachment: [],
};

/** What a pod tells its children, each kind of telling left out. `children`: what they run. */
export const tellingMutants = (pod: AnyActorLogic, children: ReadonlyMap<string, AnyActorLogic>): readonly Mutant[] =>
  Object.entries(TOLD_BY_OTHERS).flatMap(([child, others]) => {
    const logic = children.get(child) ?? pod;
    const events = new Set(statesOf(chartOf(logic)).flatMap(({ state }) => Object.keys(state.on)));
    return [...events]
      .filter((event) => !others.includes(event))
      .map((event) =>
        ofKind({ kind: "pod", operator: "drop what is told", what: `never tells ${event} to its ${child}` }, (logic) =>
          withAction(logic, "react", (enqueue) =>
            otherwise(enqueue, "sendTo", (before) => (to, told, ...rest) => {
              const isIt = kindOf((to as AnyActorRef).id) === child && (told as AnyEventObject).type === event;
              if (!isIt) before(to, told, ...rest);
            }),
          ),
        ),
      );
  });
