/** Throws that are aimed: at those who are waited for or have little left to do, and at one actor over and over, with time between. */
import type { AnyActorRef } from "xstate";
import { pathOf } from "../machines/path.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import type { Scene } from "./scene.ts";

interface Snapshot {
  readonly status: string;
  readonly value: unknown;
}

/** Where little is left to do. */
const LAST_STEP = /(^|\.)(forgetting|cleaning|collecting|discarding|committing|hangingUp|closingInput|leaving)$/;
/** Where one waits, or rests, and others rely on what it knows. */
const TRUSTED: ReadonlySet<string> = new Set(["attached", "ready", "stopping.waiting"]);
/** Whom a sandbox waits for. */
const AWAITED: Readonly<Record<string, readonly string[]>> = {
  "creating.attaching": ["attachment"],
  "stopping.emptying": ["container"],
  "stopping.detaching": ["attachment"],
  "removing.clearing": ["container"],
  "removing.detaching": ["attachment"],
};

/** Those who are there for long. */
const LASTING: ReadonlySet<string> = new Set([
  ...(["images", "leaks", "pods", "pod", "sandbox", "life", "monitor-link", "network"] as const),
]);
/** A crash is forgotten after 30 s: so far apart they are borne, so near they are not. */
const APART_MS = [31_000, 31_000, 1_000] as const;
const THROWS_OVER_TIME = 5;

export class Malice {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Somebody throws who is in its last step, or whom a sandbox waits for; once, or until it is quarantined; false: there is none. */
  hit(): boolean {
    const { choices, daemon, stage } = this.#scene;
    const places = new Map<AnyActorRef, string>();
    for (const ref of daemon.system.actors()) {
      const { status, value } = ref.getSnapshot() as Snapshot;
      if (status === "active") places.set(ref, pathOf(value));
    }
    const all = [...places];
    const awaited = all.flatMap(([{ id }, place]) => (kindOf(id) === "sandbox" ? (AWAITED[place] ?? []) : []));
    const pulls = all.some(([{ id }]) => kindOf(id) === "image-pull");
    const isTarget = (kind: string, place: string): boolean =>
      (kind === "images" && pulls) ||
      LAST_STEP.test(place) ||
      awaited.includes(kind) ||
      (kind === "sandbox" && place in AWAITED) ||
      TRUSTED.has(place);
    const targets = all.filter(([{ id }, place]) => isTarget(kindOf(id), place));
    if (targets.length === 0) return false;
    const [{ id }] = choices.pick(targets);
    this.#scene.befall("one who is waited for will throw");
    stage.poison = { actor: id, left: choices.pick([1, 1, 1, 4]) };
    // At once, or as it hears what it waits for.
    if (choices.chance(500)) daemon.system.tell(id, { type: "poked" });
    return true;
  }

  /** Somebody throws now and then. */
  wear(): void {
    const { choices, daemon, node, stage } = this.#scene;
    const { system, life } = daemon;
    const { id } = choices.pick(system.actors().filter(({ id }) => LASTING.has(kindOf(id))));
    const apart = choices.pick(APART_MS);
    this.#scene.befall("an actor wears out");
    const poke = (): void => {
      if (this.#scene.healing) return;
      stage.poison = { actor: id, left: 1 };
      system.tell(id, { type: "poked" });
    };
    for (let n = 0; n < THROWS_OVER_TIME; n++) node.timers.set(poke, n * apart, life);
  }
}
