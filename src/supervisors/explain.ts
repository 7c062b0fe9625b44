/** Explains the live actors. */
import type { AnyActorRef } from "xstate";
import type { Call } from "../actors/calls.ts";
import { explanationOf, longestOf, type Explanation, type SeenActor, type SeenCall } from "../machines/explanation.ts";
import { pathOf } from "../machines/path.ts";
import { sentenceOf } from "../machines/sentence.ts";
import { objectOf, podActorId } from "../vocabulary/actor-ids.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import type { Door, OpenCall } from "./door.ts";
import type { Observer } from "./observer.ts";
import type { ChildSpec } from "./supervisor.ts";

interface Snapshot {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: SeenActor["context"] & { readonly children?: readonly ChildSpec[] };
  hasTag(tag: string): boolean;
}

const snapshotOf = (ref: AnyActorRef): Snapshot => ref.getSnapshot() as Snapshot;

const isRestless = (ref: AnyActorRef): boolean => {
  const snapshot = snapshotOf(ref);
  return snapshot.status === "active" && !snapshot.hasTag("settled");
};

/** Of a call that only waits for a moment: which. */
export const momentOf = ({ driver, input }: Call): MonoMs | undefined =>
  driver === "clock" ? (input as { readonly at?: MonoMs }).at : undefined;

const seenCall = ({ call, since, begun, doing }: OpenCall): SeenCall => {
  const { by, driver, verb, boundMs } = call;
  const at = momentOf(call);
  return { by, driver, verb, since, begun, boundMs, ...(at !== undefined && { at }), ...(doing && { doing }) };
};

export class Explainer {
  readonly #observer: Observer;
  readonly #door: Door;

  constructor(observer: Observer, door: Door) {
    this.#observer = observer;
    this.#door = door;
  }

  /** Undefined where there is no such actor. */
  explain(id: string): Explanation | undefined {
    const ref = this.#observer.find(id);
    if (!ref) return undefined;
    return explanationOf(this.#seen(ref), {
      callsOf: (actorId) => this.#door.openCallsOf(actorId).map(seenCall),
      restless: (sandboxActorId, kind) => this.#restlessBeside(sandboxActorId, kind),
    });
  }

  sentence(id: string): string {
    const explanation = this.explain(id);
    return explanation ? sentenceOf(explanation, this.#door.now()) : `${id} is not there`;
  }

  /** Who is not at rest. */
  restless(): readonly string[] {
    return this.#observer
      .actors()
      .filter(isRestless)
      .map(({ id }) => id);
  }

  #seen(ref: AnyActorRef): SeenActor {
    const { status, value, context = {} } = snapshotOf(ref);
    const since = this.#observer.since(ref.id);
    return {
      id: ref.id,
      state: status === "active" ? pathOf(value) : null,
      ...(since !== undefined && { since }),
      context,
    };
  }

  #restlessBeside(sandboxActorId: string, kind: string): SeenActor | undefined {
    const pod = this.#observer.find(podActorId(objectOf(sandboxActorId)));
    const siblings = (pod && snapshotOf(pod).context?.children?.filter((child) => child.kind === kind)) ?? [];
    const restless = siblings.flatMap(({ id }) => this.#observer.find(id) ?? []).filter(isRestless);
    return longestOf(restless.map((ref) => this.#seen(ref)));
  }
}
