/**
 * Cells: every state that calls, times every way in which its call can go.
 *
 *   ok                it was answered
 *   before, after     it failed, without its effect or in spite of it
 *   hang, late        it was still under way at its bound; late: and had its effect all the same
 *   crash before      the daemon died before the call had its effect
 *   crash during      it died while the call went on without it, or when it had its effect and had not answered
 *   crash after       it died between this call's end and the end of the actor's next
 *   throw             the actor threw in this state
 *
 * Which operation of the world belongs to which call follows from the object that both are about: an actor's calls are made
 * one after another.
 */
import { Overdue } from "../errors.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import type { OpenCall, Outcome } from "../supervisors/door.ts";
import type { Fate } from "./world/operations.ts";

export const WAYS = [
  ...(["ok", "before", "after", "hang", "late"] as const),
  ...(["crash before", "crash during", "crash after", "throw"] as const),
] as const;
export type Way = (typeof WAYS)[number];
export type Ways = Record<Way, number>;

const none = (): Ways => Object.fromEntries(WAYS.map((way) => [way, 0])) as Ways;

/** A call under way. */
interface Under {
  readonly place: Place | undefined;
  readonly calls: Ways;
  readonly driver: string;
  readonly actor: string;
  /** Operations of the world that it waits for. */
  open: number;
  /** The monitor has heard of it. */
  taken: boolean;
  effected: boolean;
  /** It was called off. */
  hung: boolean;
  late: boolean;
  /** Its actor has crashed. */
  alone: boolean;
}
interface Place {
  readonly name: string;
  readonly ways: Ways;
}

/** What an operation is about, as a call would say it: permits are held beside, leaks are named by kind. */
const keyOf = (driver: string, id: string): string => {
  if (driver === "permits") return `permits ${id.replace(/\/unpack$/, "")}`;
  if (driver === "network" || driver === "durable") return `network ${id}`; // a sandbox's attachment goes by the same id
  return driver === "leaks" ? id.slice(id.indexOf("/") + 1) : id;
};

/** The monitor is asked about the container, and not for whom. */
const inputOf = (containerId: string): string => `stdin ${containerId}`;

/** What is about the whole node goes by names of the world's own. */
const NAMED_ELSE: Readonly<Record<string, string>> = {
  "daemon.serve": "life",
  "daemon.flush": "life",
  "network.watch": "network",
  "cgroups.removeParent": "",
};

export class Cells {
  readonly #places = new Map<string, Map<string, Place>>();
  readonly #calls = new Map<string, Ways>();
  /** Where each actor is, if it calls there; and where it last heard an answer. */
  readonly #at = new Map<string, Place | undefined>();
  /** Where those of a kind begin that call at once: XState does not always tell of that state. */
  readonly #initial = new Map<string, Place>();
  readonly #behind = new Map<string, Under>();
  #under = new Map<string, Under>();
  #byNumber = new Map<number, Under>();
  #dying = new Map<string, Under>();

  declare(kind: string, path: string, slot: string, isInitial: boolean): void {
    const places = this.#places.get(kind) ?? new Map<string, Place>();
    const place = { name: `${kind} ${path} ${slot}`, ways: none() };
    this.#places.set(kind, places.set(path, place));
    if (isInitial) this.#initial.set(kind, place);
  }

  /** Everyone is new, as at each start of a daemon. */
  begin(): void {
    this.#at.clear();
    this.#behind.clear();
    this.#under.clear();
    this.#byNumber.clear();
  }

  moved(actor: string, kind: string, to: string): void {
    this.#at.set(actor, this.#places.get(kind)?.get(to));
  }

  #placeOf(actor: string): Place | undefined {
    return this.#at.has(actor) ? this.#at.get(actor) : this.#initial.get(kindOf(actor));
  }

  crashed(actor: string): void {
    const place = this.#placeOf(actor);
    if (place) place.ways.throw++;
    this.#at.delete(actor);
    for (const under of this.#byNumber.values())
      if (under.actor === actor) {
        under.alone = true;
        under.calls.throw++;
      }
  }

  called({ n, call: { by, driver, verb, id, input } }: OpenCall): void {
    const name = `${driver}.${verb}`;
    const calls = this.#calls.get(name) ?? none();
    this.#calls.set(name, calls);
    const state = { open: 0, taken: false, effected: false, hung: false, late: false, alone: false };
    const under: Under = { place: this.#placeOf(by), calls, driver, actor: by, ...state };
    this.#byNumber.set(n, under);
    const durable = driver === "records" && kindOf(by) === "attachment";
    const key =
      name === "attaches.closeInput"
        ? inputOf((input as { readonly containerId: string }).containerId)
        : keyOf(durable ? "durable" : driver, NAMED_ELSE[name] ?? id);
    if (driver !== "clock") this.#under.set(key, under);
  }

  fated(name: string, object: string, fate: Fate): void {
    const [driver = ""] = name.split(".", 1);
    if (name === "streams.delivered") return; // no actor waits for it
    const key = name === "monitor.closeInput" ? inputOf(object) : keyOf(driver, object);
    const under = this.#under.get(key);
    if (under && (driver !== "durable" || under.driver === "records")) this.#note(under, fate);
    if (fate.startsWith("cut") || fate === "goes on") this.#bury(key, fate);
  }

  #note(under: Under, fate: Fate): void {
    if (fate === "begun") under.open++;
    else if (fate === "taken") under.taken = true;
    else if (fate === "hangs") return;
    else if (fate === "dies after") under.effected = true;
    else if (fate !== "dies before") {
      under.open--;
      under.effected ||= fate === "ok" || fate === "after" || fate === "late";
      under.late ||= fate === "late";
      under.hung ||= fate === "given up" || fate === "late";
    }
  }

  /** What became of an operation whose daemon is dead. */
  #bury(key: string, fate: Fate): void {
    const under = this.#dying.get(key);
    this.#dying.delete(key);
    if (under) this.#count(under, fate === "cut before" ? "crash before" : "crash during");
  }

  ended({ n }: OpenCall, outcome: Outcome): void {
    const under = this.#byNumber.get(n);
    if (!under) return;
    this.#byNumber.delete(n);
    for (const [key, one] of this.#under) if (one === under) this.#under.delete(key);
    // Whoever waits for a moment may go on before it comes.
    if (under.alone || (under.driver === "clock" && "error" in outcome)) return;
    this.#behind.set(under.actor, under);
    const isBound = under.hung && ("output" in outcome || outcome.error instanceof Overdue);
    if (isBound) this.#count(under, "hang");
    if (under.late) this.#count(under, "late");
    else if (isBound) return;
    else if ("output" in outcome) this.#count(under, "ok");
    else this.#count(under, under.effected || under.taken ? "after" : "before");
  }

  died(open: readonly OpenCall[]): void {
    for (const under of this.#behind.values()) this.#count(under, "crash after");
    this.#dying.clear();
    for (const { n, begun } of open) {
      const under = this.#byNumber.get(n);
      if (!under || !begun) continue;
      if (under.driver === "clock" || under.taken || under.effected) this.#count(under, "crash during");
      else if (under.open === 0) this.#count(under, "crash before");
    }
    for (const [key, under] of this.#under)
      if (under.open > 0 && !under.taken && !under.effected) this.#dying.set(key, under);
    this.begin();
  }

  #count({ place, calls }: Under, way: Way): void {
    if (place) place.ways[way]++;
    calls[way]++;
  }

  tally(): { readonly cells: Record<string, Ways>; readonly calls: Record<string, Ways> } {
    const places = [...this.#places.values()].flatMap((inKind) => [...inKind.values()]);
    return {
      cells: Object.fromEntries(places.map(({ name, ways }) => [name, { ...ways }])),
      calls: Object.fromEntries([...this.#calls].map(([name, ways]) => [name, { ...ways }])),
    };
  }
}
