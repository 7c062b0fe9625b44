/** A pod of a picture as XState takes it up again: its supervisor with all that live under it, each before its open calls. */
import type { AnyStateMachine } from "xstate";
import { Invalid } from "../../errors.ts";
import { kindOf, shortId } from "../../vocabulary/index.ts";
import type { Picture, PicturedActor, PicturedCall } from "../picture.ts";
import { invokedAt, valueOf, type Invoked } from "../stepper.ts";

interface Persisted {
  readonly snapshot: object;
  readonly src: string;
  readonly syncSnapshot: false;
}

const persisted = (src: string, snapshot: object): Persisted => ({ src, snapshot, syncSnapshot: false });

const at = (state: string, context: object, children: object): object => ({
  status: "active",
  output: undefined,
  error: undefined,
  value: valueOf(state),
  context,
  children,
  historyValue: {},
});

/** What the call was asked with, as far as it is recorded: what else decides stands in the context of whoever asked. */
const slotOf = ({ id, at: moment, boundMs }: PicturedCall): object => ({
  status: "active",
  output: undefined,
  error: undefined,
  input: { id, ...(moment !== undefined && { at: moment }), patienceMs: boundMs ?? 0 },
});

/** A wait for a moment stands in the slot that is called so; of others there is one at a time. */
const callFor = ({ src }: Invoked, calls: readonly PicturedCall[]): PicturedCall | undefined =>
  calls.find(({ driver }) => (src === "until") === (driver === "clock"));

/** Throws Invalid where it is in a state whose calls are not recorded: nothing is known of what it would go on from. */
const actorFrom = (machine: AnyStateMachine, picture: Picture, { id, state, context }: PicturedActor): Persisted => {
  const where = state ?? "";
  const calls = [...picture.calls.values()].filter(({ by }) => by === id);
  const slots = invokedAt(machine, where).map((invoked) => {
    const call = callFor(invoked, calls);
    if (!call)
      throw new Invalid(
        `${id} is ${where}, and the recording does not have the call that it waits for: ${invoked.src}`,
      );
    return [invoked.id, persisted(invoked.src, slotOf(call))] as const;
  });
  return persisted(kindOf(id), at(where, context, Object.fromEntries(slots)));
};

/** `machines`: those of a pod's parts by their kind. Throws Invalid where nothing of this pod lives in the picture. */
export const podSnapshot = (
  picture: Picture,
  pod: string,
  machines: Readonly<Record<string, AnyStateMachine>>,
): object => {
  const supervisor = picture.actors.get(pod);
  const parts = [...picture.actors.values()].filter(({ parent }) => parent === pod);
  const living = parts.filter(({ state }) => state !== null);
  if (!supervisor || living.length === 0)
    throw new Invalid(
      `nothing of pod ${shortId(pod.replace(/^pod\//, ""))} lives here: it cannot go on in another way`,
    );
  const children = living.map((part) => [part.id, actorFrom(machines[kindOf(part.id)]!, picture, part)] as const);
  const context = {
    crashes: {},
    quarantined: {},
    ...supervisor.context,
    id: pod,
    children: parts.map(({ id }) => ({ kind: kindOf(id), id, input: {} })),
  };
  return at("supervising", context, Object.fromEntries(children));
};
