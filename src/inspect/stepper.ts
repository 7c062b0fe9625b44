/** One actor executed without its system: a chart, where it is, and one event after another. Nothing is done to the world. */
import {
  createActor,
  type ActorLogic,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type Snapshot,
} from "xstate";
import { machineOf } from "../machines/catalogue.ts";
import { nodesBelow, type StateNode } from "../machines/edges.ts";
import { pathOf } from "../machines/path.ts";
import { kindOf } from "../vocabulary/index.ts";
import type { Context } from "./decision-data.ts";

export interface Place {
  /** `stopping.waiting` */
  readonly state: string;
  readonly context: Context;
}

type Value = string | { readonly [state: string]: Value };

/** A path as XState has it. */
export const valueOf = (path: string): Value => {
  const [first = "", ...rest] = path.split(".");
  return rest.length > 0 ? { [first]: valueOf(rest.join(".")) } : first;
};

/** A slot that a state fills while one is in it. */
export interface Invoked {
  /** By which its machine speaks to it. */
  readonly id: string;
  readonly src: string;
}

/** Those of a state and of the states around it, outermost first. */
export const invokedAt = (machine: AnyStateMachine, path: string): readonly Invoked[] =>
  nodesBelow(machine.root as unknown as StateNode)
    .filter((node) => path === node.path.join(".") || path.startsWith(`${node.path.join(".")}.`))
    .flatMap(({ invoke }) => invoke as readonly Invoked[]);

/** What stands for the slot of a state in which the execution begins: a machine may speak to it by its name. */
const slotsAt = (machine: AnyStateMachine, path: string): Record<string, unknown> =>
  Object.fromEntries(invokedAt(machine, path).map(({ id }) => [id, { id, send: () => {}, _send: () => {} }]));

const idle: ActorLogic<Snapshot<undefined>, AnyEventObject> = {
  getInitialSnapshot: () => ({ status: "active", output: undefined, error: undefined }),
  transition: (snapshot) => snapshot,
  getPersistedSnapshot: (snapshot) => snapshot,
};

/** A machine whose slots may be entered, and do nothing. */
const inert = (machine: AnyStateMachine): AnyStateMachine => {
  const slots = Object.keys(machine.implementations.actors);
  return machine.provide({ actors: Object.fromEntries(slots.map((name) => [name, idle])) as never });
};

/** What a machine finds around it, a parent too, and none of it does anything. XState's `transition` knows no parents. */
const nowhere = (): AnyActorScope => {
  const parent = createActor(idle);
  const self = createActor(idle, { parent });
  const nothing = (): void => {};
  return {
    ...{ self, id: "", sessionId: "", system: self.system },
    ...{ defer: nothing, logger: nothing, stopChild: nothing, emit: nothing, actionExecutor: nothing },
  } as AnyActorScope;
};

const made = new Map<string, AnyStateMachine>();

/** Undefined for an actor that runs no lifecycle machine. */
const machineFor = (actorId: string): AnyStateMachine | undefined => {
  const kind = kindOf(actorId);
  const machine = made.get(kind) ?? machineOf(kind);
  if (!machine) return undefined;
  if (!made.has(kind)) made.set(kind, inert(machine as AnyStateMachine));
  return made.get(kind);
};

export class Stepper {
  readonly #machine: AnyStateMachine;
  readonly #scope = nowhere();
  #snapshot: AnyMachineSnapshot;

  private constructor(machine: AnyStateMachine, snapshot: AnyMachineSnapshot) {
    this.#machine = machine;
    this.#snapshot = snapshot;
  }

  /** Undefined for an actor of no chart. Throws where the chart has no such state. */
  static at(actorId: string, { state, context }: Place): Stepper | undefined {
    const machine = machineFor(actorId);
    if (!machine) return undefined;
    const snapshot = machine.resolveState({ value: valueOf(state), context });
    return new Stepper(machine, { ...snapshot, children: slotsAt(machine, state) } as AnyMachineSnapshot);
  }

  step(event: { readonly type: string }): void {
    this.#snapshot = this.#machine.transition(this.#snapshot, event, this.#scope);
  }

  get place(): Place {
    return { state: pathOf(this.#snapshot.value), context: this.#snapshot.context as Context };
  }
}
