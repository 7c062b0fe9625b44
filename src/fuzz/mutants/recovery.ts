/** Mutants of how an actor finds out where it stands: a part of the record or of the world is not looked at, or taken for another. */
import { assign, type AnyActorLogic, type AnyStateMachine } from "xstate";
import { chartOf, rebuilt } from "./chart.ts";
import { ofKind, type Mutant } from "./mutant.ts";
import type { Place } from "./reach.ts";

interface Recovering {
  readonly memo: { readonly phase: string } | null;
  readonly found: object;
}
interface Given {
  readonly context: Recovering;
}
type Guard = (given: Given, params: { readonly phase: string }) => boolean;
type Assigner = (given: Given, params: unknown) => object;

interface Recovery {
  readonly phases: readonly string[];
  /** Where it may go on, as the guard asks. */
  readonly ways: readonly string[];
  /** What is looked at in the world. */
  readonly found: readonly string[];
  /** What decides besides the phase, with what an empty record would say. */
  readonly memo: Readonly<Record<string, unknown>>;
}

const RECOVERIES: Readonly<Record<string, Recovery>> = {
  container: {
    phases: ["creating", "created", "starting", "running", "updating", "stopping", "stopped", "removing"],
    ways: ["created", "running", "updating", "asking", "stopping", "settling", "stopped", "removing"],
    found: ["status", "looked"],
    memo: { started: false, verb: null, asked: false },
  },
  sandbox: {
    phases: ["creating", "ready", "stopping", "stopped", "removing"],
    ways: ["ready", "stopping", "stopped", "removing"],
    found: ["intact"],
    memo: {},
  },
};

const after = (names: readonly string[], name: string): string =>
  names[(names.indexOf(name) + 1) % names.length] ?? name;

type Implementations = AnyStateMachine["implementations"];

/** The machine, whose recovery sees another context. */
const seeing = (logic: AnyActorLogic, change: (context: Recovering) => Recovering): AnyActorLogic => {
  const { implementations } = logic as AnyStateMachine;
  const guard = implementations.guards["recoveredAs"] as unknown as Guard;
  const { assignment } = implementations.actions["recall"] as unknown as { assignment: Assigner };
  const guards = {
    ...implementations.guards,
    recoveredAs: (given: Given, params: { phase: string }) =>
      guard({ ...given, context: change(given.context) }, params),
  } as unknown as Implementations["guards"];
  const recall = assign((given: unknown, params: unknown) => {
    const whole = given as Given;
    return assignment({ ...whole, context: change(whole.context) }, params);
  });
  const actions = { ...implementations.actions, recall } as unknown as Implementations["actions"];
  return rebuilt(logic, chartOf(logic), { ...implementations, guards, actions });
};

/** The machine, which goes on as `other` where it is to go on as `one`. */
const deciding = (logic: AnyActorLogic, one: string, other: string): AnyActorLogic => {
  const { implementations } = logic as AnyStateMachine;
  const guard = implementations.guards["recoveredAs"] as unknown as Guard;
  const recoveredAs: Guard = (given, { phase }) => {
    if (phase === one) return false;
    return guard(given, { phase }) || (phase === other && guard(given, { phase: one }));
  };
  const guards = { ...implementations.guards, recoveredAs } as unknown as Implementations["guards"];
  return rebuilt(logic, chartOf(logic), { ...implementations, guards });
};

export const recoveryMutants = (kind: string): readonly Mutant[] => {
  const recovery = RECOVERIES[kind];
  if (!recovery) return [];
  const { phases, ways, found, memo } = recovery;
  const places = [{ kind, state: "resuming" }];
  const mutant = (
    operator: string,
    what: string,
    change: (logic: AnyActorLogic) => AnyActorLogic,
    where: readonly Place[] = places,
  ): Mutant => ofKind({ kind, operator, what, places: where }, change);
  /** Where it goes on so. */
  const goingOn = (way: string): readonly Place[] => [
    { kind, state: "", edge: `resuming.deciding --at once[${ways.indexOf(way)}]` },
  ];
  return [
    ...phases.map((phase) =>
      mutant(
        "misread record",
        `a record of ${phase} is taken for ${after(phases, phase)}`,
        (logic) =>
          seeing(logic, (context) =>
            context.memo?.phase === phase
              ? { ...context, memo: { ...context.memo, phase: after(phases, phase) } }
              : context,
          ),
        ways.includes(phase) ? goingOn(phase) : places,
      ),
    ),
    ...Object.entries(memo).map(([field, blank]) =>
      mutant(
        "misread record",
        `recovery does not look at ${field}`,
        (logic) =>
          seeing(logic, (context) => ({ ...context, memo: context.memo && { ...context.memo, [field]: blank } })),
        goingOn("asking"), // what else decides whether to ask decides nothing else
      ),
    ),
    ...found.map((part) =>
      mutant("misread world", `recovery does not look at ${part}`, (logic) =>
        seeing(logic, (context) => ({ ...context, found: { ...context.found, [part]: undefined } })),
      ),
    ),
    ...ways.map((way) =>
      mutant(
        "go on elsewhere",
        `recovery as ${way} becomes ${after(ways, way)}`,
        (logic) => deciding(logic, way, after(ways, way)),
        goingOn(way),
      ),
    ),
  ];
};
