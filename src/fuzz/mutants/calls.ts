/** Mutants of how calls are made: the door forgets a duty, or a slot's call has no bound. */
import type { AnyActorLogic, AnyStateMachine } from "xstate";
import type { Call, CallOwner, Calls } from "../../actors/calls.ts";
import { growTree } from "../../supervisors/tree.ts";
import type { Mutant } from "./mutant.ts";

const mutant = (operator: string, what: string, calls: (door: Calls) => Calls): Mutant => ({
  id: `door: ${what}`,
  operator,
  calls,
});

const through = (door: Calls, change: Partial<Calls>): Calls => ({
  begin: (call, owner) => door.begin(call, owner),
  cancel: (owner) => door.cancel(owner),
  abandon: (owner) => door.abandon(owner),
  ...change,
});

/** Owners who do not hear of some outcomes. */
const deaf =
  (isLost: (event: { readonly type: string; readonly failure?: { readonly code: string } }) => boolean) =>
  (door: Calls): Calls => {
    const stand = new WeakMap<CallOwner, CallOwner>();
    const standing = (owner: CallOwner): CallOwner => stand.get(owner) ?? owner;
    return {
      begin(call, owner) {
        const send: CallOwner["send"] = (event) => {
          if (!isLost(event)) owner.send(event);
        };
        stand.set(owner, { id: owner.id, send });
        door.begin(call, standing(owner));
      },
      cancel: (owner) => door.cancel(standing(owner)),
      abandon: (owner) => door.abandon(standing(owner)),
    };
  };

interface Slot extends Call {
  readonly kind: string;
}

/** Each slot's call, as it is when an object called `x` makes it. */
const slots = (): readonly Slot[] => {
  const found: Slot[] = [];
  const record = (kind: string, logic: AnyActorLogic): AnyActorLogic => {
    const actors = Object.values((logic as AnyStateMachine).implementations.actors) as AnyActorLogic[];
    // What a supervisor runs are machines, not slots.
    for (const slot of actors.filter((one) => !("root" in one))) {
      const self = { _parent: { id: kind } };
      const snapshot = { status: "active", input: { id: "x" } };
      tree.port.door = { begin: (call) => found.push({ ...call, kind }), cancel: () => {}, abandon: () => {} };
      slot.start?.(snapshot, { self } as never);
    }
    return logic;
  };
  const kinds: [string, AnyActorLogic][] = [];
  const tree = growTree((kind, logic) => {
    kinds.push([kind, logic]);
    return logic;
  });
  for (const [kind, logic] of kinds) record(kind, logic);
  return found;
};

const unbound = ({ kind, driver, verb }: Slot): Mutant =>
  mutant("lose bound", `${driver}.${verb} of ${kind} may take for ever`, (door) =>
    through(door, {
      begin: (call, owner) => {
        const isIt = call.driver === driver && call.verb === verb && call.by.split("/", 1)[0] === kind;
        door.begin(isIt ? { ...call, boundMs: null } : call, owner);
      },
    }),
  );

export const callMutants = (): readonly Mutant[] => [
  mutant("forget a duty of the door", "an actor's calls are made at the same time", (door) => {
    let lane = 0;
    return through(door, { begin: (call, owner) => door.begin({ ...call, by: `${call.by} ${++lane}` }, owner) });
  }),
  mutant("forget a duty of the door", "nobody is told to give up", (door) => through(door, { cancel: () => {} })),
  mutant("forget a duty of the door", "a wait goes on when nobody waits any more", (door) =>
    through(door, { abandon: () => {} }),
  ),
  mutant(
    "forget a duty of the door",
    "outcomes past the bound are dropped",
    deaf(({ failure }) => failure?.code === "Overdue"),
  ),
  mutant(
    "forget a duty of the door",
    "failures are dropped",
    deaf(({ type }) => type === "call.failed"),
  ),
  ...slots()
    .filter(({ boundMs }) => boundMs !== null)
    .map(unbound),
];
