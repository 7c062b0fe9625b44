/**
 * How supervisors deal with crashes, told again in few words: whoever crashes is started again after a moment; the fourth
 * time within half a minute it goes into quarantine, or its supervisor fails; and nobody else's crashes count.
 */
import type { AnyActorRef } from "xstate";
import { kindOf } from "../vocabulary/actor-ids.ts";
import { BUDGET } from "../supervisors/supervisor.ts";
import type { System } from "../supervisors/system.ts";

const PERIOD_MS = 30_000;
const SOONEST_MS = 100;
const LATEST_MS = 100 * 2 ** BUDGET;

interface Dead {
  readonly ref: AnyActorRef;
  readonly at: number;
  readonly spent: boolean;
}
interface Supervisor {
  readonly children?: Readonly<Record<string, AnyActorRef>>;
  readonly context: { readonly children?: readonly { readonly id: string }[] };
}

const statusOf = (ref: AnyActorRef | undefined): string | undefined =>
  (ref?.getSnapshot() as { readonly status: string } | undefined)?.status;

export class Budgets {
  readonly #find: (finding: string) => void;
  readonly #now: () => number;
  /** By supervisor, as long as it lives: when its children crashed. */
  #crashes = new WeakMap<AnyActorRef, Map<string, number[]>>();
  readonly #dead = new Map<string, Dead>();
  readonly #quarantined = new Set<string>();

  constructor(now: () => number, find: (finding: string) => void) {
    this.#now = now;
    this.#find = find;
  }

  /** The daemon begins again. */
  began(): void {
    this.#crashes = new WeakMap();
    this.#dead.clear();
    this.#quarantined.clear();
  }

  crashed(ref: AnyActorRef | undefined): void {
    const owner = ref?._parent;
    if (!ref || !owner) return;
    this.#quarantined.delete(ref.id); // it had begun again, with its supervisor
    const at = this.#now();
    const ours = this.#crashes.get(owner) ?? new Map<string, number[]>();
    this.#crashes.set(owner, ours);
    const before = (ours.get(ref.id) ?? []).filter((one) => one > at - PERIOD_MS);
    ours.set(ref.id, [...before, at]);
    this.#dead.set(ref.id, { ref, at, spent: before.length >= (ref.id === "scribe" ? 0 : BUDGET) });
  }

  quarantined(id: string): void {
    const dead = this.#dead.get(id);
    if (dead && !dead.spent) this.#find(`${id} is quarantined, and had not spent its budget`);
    this.#quarantined.add(id);
  }

  /** The operator has let it out. */
  released(id: string, system: System): void {
    const dead = this.#dead.get(id);
    this.#dead.delete(id);
    this.#quarantined.delete(id);
    const owner = dead?.ref._parent;
    if (owner) this.#crashes.get(owner)?.delete(id);
    if (dead && system.find(id) === dead.ref) this.#find(`${id} was let out of quarantine, and is not started again`);
  }

  check(system: System): void {
    for (const [id, dead] of this.#dead) this.#judge(id, dead, system);
    for (const id of this.#quarantined)
      if (system.callers.count(id) > 0 && statusOf(system.find(id)) === "error")
        this.#find(`${id} is quarantined, and callers wait for it`);
  }

  #judge(id: string, { ref, at, spent }: Dead, system: System): void {
    const [now, owner, latest] = [this.#now(), ref._parent, system.find(id)];
    const isOver = latest !== ref || statusOf(owner) !== "active";
    if (isOver) this.#dead.delete(id);
    if (statusOf(owner) !== "active" || latest === undefined) return;
    if (spent && latest !== ref) this.#find(`${id} is started again, and has spent its budget`);
    else if (spent && !this.#quarantined.has(id)) this.#find(`${id} has spent its budget, and is not quarantined`);
    else if (latest !== ref && now < at + SOONEST_MS) this.#find(`${id} is started again at once`);
    else if (!spent && latest === ref && now > at + LATEST_MS)
      this.#find(`${id} has crashed, and is not started again`);
  }

  /** Whom a supervisor knows are those that it has: nobody dead is kept, and nobody forgotten. */
  judgeFamily(ref: AnyActorRef): void {
    const { children = {}, context } = ref.getSnapshot() as Supervisor;
    if (statusOf(ref) !== "active" || context.children === undefined) return;
    if (kindOf(ref.id) === "pod" && context.children.length === 0) this.#find(`${ref.id} has nobody left, and goes on`);
    const known = new Set(context.children.map(({ id }) => id));
    for (const [id, child] of Object.entries(children)) {
      if (!known.has(id)) this.#find(`${ref.id} has ${kindOf(id)} ${id}, and does not know it`);
      if (statusOf(child) !== "active") this.#find(`${ref.id} keeps ${id}, which has ended`);
    }
    for (const id of known)
      if (!(id in children) && !this.#dead.has(id)) this.#find(`${ref.id} knows ${id}, which is not there`);
  }
}
