/**
 * What must hold after every step of a schedule, whatever has gone wrong: explain tells the truth, nothing goes backwards, no
 * exit is invented, and what was promised of stopping is kept.
 */
import type { AnyActorRef } from "xstate";
import type { StateMeta } from "../machines/slot.ts";
import type { Books } from "../supervisors/books.ts";
import type { OpenCall } from "../supervisors/door.ts";
import { pathOf } from "../machines/path.ts";
import { kindOf, objectOf, podActorId } from "../vocabulary/actor-ids.ts";
import type { ContainerView } from "../vocabulary/index.ts";
import { wrongWithAccount } from "./accounts.ts";
import type { Daemon } from "./daemon.ts";
import type { Inquiry } from "./inquiry.ts";
import { wrongWithContainer, wrongWithSandbox } from "./holdings.ts";
import { wrongWithMoment } from "./moments.ts";
import type { ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import type { Process } from "./world/kernel.ts";
import type { Node } from "./world/node.ts";

interface State {
  readonly status: string;
  readonly value: unknown;
  readonly context: {
    readonly deadline?: number | null;
    readonly trouble?: object | null;
    readonly id: string;
    readonly pid?: number | null;
    readonly work?: { readonly verb: string } | null;
    readonly next?: { readonly verb: string } | null;
  };
  hasTag(tag: string): boolean;
  getMeta(): Record<string, StateMeta | undefined>;
}

/** What is told of a snapshot, which never changes. */
interface Told {
  readonly settled: boolean;
  readonly waitsFor: string | undefined;
  readonly bound: string;
}
const told = new WeakMap<object, Told>();
const toldBy = (state: State): Told => {
  const known = told.get(state);
  if (known) return known;
  const settled = state.hasTag("settled");
  const meta = settled ? undefined : Object.values(state.getMeta()).find((one) => one !== undefined);
  const fresh = { settled, waitsFor: meta?.waitsFor, bound: meta?.bound ?? "" };
  told.set(state, fresh);
  return fresh;
};

/** What a sandbox waits for is done by others of its pod. */
const BY_OTHERS: Readonly<Record<string, readonly string[]>> = {
  attached: ["attachment"],
  detached: ["attachment"],
  emptied: ["container"],
  cleared: ["container"],
};

/** CRI's states in the order in which a container goes through them, and never back. */
const RANKS: Readonly<Record<ContainerView["state"], number>> = { created: 0, running: 1, exited: 2, unknown: 2 };

export class Oracles {
  readonly inquiry: Inquiry;
  readonly #node: Node;
  readonly #deadlines = new WeakMap<AnyActorRef, number | undefined>();
  readonly #ranks = new Map<string, number>();
  readonly #judged = new WeakSet<ContainerView>();
  readonly #rested = new WeakSet<State>();

  constructor(node: Node, inquiry: Inquiry) {
    this.inquiry = inquiry;
    this.#node = node;
  }

  check(daemon: Daemon): void {
    if (!daemon.alive) return;
    const open = daemon.system.door.openCalls();
    this.inquiry.check(daemon);
    daemon.listener.check(daemon.books);
    for (const ref of daemon.system.actors()) this.#judge(daemon, ref, open);
    for (const process of this.#node.kernel.all()) this.#judgeSignals(process);
    for (const view of daemon.books.containers.views()) if (!this.#judged.has(view)) this.#judgeView(view);
  }

  /** Nothing is under way and all news has been heard: what rests as running runs, and as ready can be used. */
  checkQuiet(daemon: Daemon): void {
    const isHeard =
      pathOf((daemon.system.find("monitor-link")?.getSnapshot() as State | undefined)?.value) === "connected";
    for (const ref of daemon.system.actors()) {
      const state = ref.getSnapshot() as State;
      if (state.status !== "active" || !toldBy(state).settled) continue;
      const place = pathOf(state.value);
      this.#judgeHoldings(daemon, ref, place);
      const isInfra = kindOf(ref.id) === "sandbox" && place === "ready";
      if (!isInfra && !(kindOf(ref.id) === "container" && place === "running")) continue;
      const process = this.#node.kernel.of(objectOf(ref.id));
      if (process?.phase === "ended" && isHeard) this.#node.find(`${ref.id} is ${place}, and its process has ended`);
    }
  }

  #judge(daemon: Daemon, ref: AnyActorRef, open: readonly OpenCall[]): void {
    const state = ref.getSnapshot() as State;
    if (state.status !== "active") return;
    if (kindOf(ref.id) === "container") this.#judgeDeadline(daemon, ref, state);
    if (!toldBy(state).settled) this.#judgeExplanation(daemon, ref, state, open);
    else this.#judgeRest(daemon, ref, state);
  }

  /** Looked at once, as it comes to rest. */
  #judgeRest(daemon: Daemon, ref: AnyActorRef, state: State): void {
    if (this.#rested.has(state)) return;
    this.#rested.add(state);
    const place = pathOf(state.value);
    this.#judgeHoldings(daemon, ref, place);
    const { work, next, pid } = state.context;
    if (next) this.#node.find(`${ref.id} rests in ${place}, and a ${next.verb} waits`);
    if (ref.id === "network" && (place === "ready") !== this.#node.networkReady)
      this.#node.find(`the network is said to be ${place}, and is ${this.#node.networkReady ? "ready" : "not"}`);
    if (pid === null) this.#node.find(`${ref.id} is ${place}, and does not know the monitor's pid`);
    if (work) this.#node.find(`${ref.id} rests in ${place}, and its ${work.verb} has not ended`);
    for (const { call } of daemon.system.door.openCalls())
      if (call.by === ref.id) this.#node.find(`${ref.id} rests in ${place}, and has a call under way`);
  }

  #judgeHoldings({ books }: Daemon, ref: AnyActorRef, place: string): void {
    const kind = kindOf(ref.id);
    const sandbox = kind === "sandbox" ? books.sandboxes.entry(objectOf(ref.id)) : undefined;
    const container = kind === "container" ? books.containers.entry(objectOf(ref.id)) : undefined;
    const wrong =
      (sandbox && wrongWithSandbox(this.#node, sandbox, place)) ??
      (container && wrongWithContainer(this.#node, container, place)) ??
      this.#wrongWithAccount(sandbox ?? container, ref, place);
    if (wrong !== undefined) this.#node.find(`${ref.id} is ${place} and ${wrong}`);
  }

  #wrongWithAccount(
    entry: SandboxEntry | ContainerEntry | undefined,
    ref: AnyActorRef,
    place: string,
  ): string | undefined {
    return entry && wrongWithAccount(this.#node, entry, place, (ref.getSnapshot() as State).context);
  }

  /** It only ever comes nearer; an actor that begins again knows the one that was recorded. */
  #judgeDeadline({ books }: Daemon, ref: AnyActorRef, { value, context: { deadline = null, trouble } }: State): void {
    const before = this.#deadlines.has(ref)
      ? this.#deadlines.get(ref)
      : this.#recordedDeadline(books, objectOf(ref.id));
    if (deadline !== null && before !== undefined && deadline > before)
      this.#node.find(`the deadline of ${ref.id} has grown by ${deadline - before} ms`);
    if (deadline !== before && deadline !== null && !trouble && pathOf(value) === "stopping.waiting")
      if (deadline < (this.#recordedDeadline(books, objectOf(ref.id)) ?? deadline))
        this.#node.find(`the nearer deadline of ${ref.id} is waited for, and not recorded`);
    this.#deadlines.set(ref, deadline ?? before);
  }

  /** As the daemon knows it: of a record that failed behind its effect only the next one learns. */
  #recordedDeadline(books: Books, id: string): number | undefined {
    const memo = books.containers.entry(id)?.memo;
    return memo?.phase === "stopping" ? (memo.deadline ?? undefined) : undefined;
  }

  /** The stop signal goes out once, but for a daemon that died between sending and noting it. */
  #judgeSignals({ terms, object }: Process): void {
    if (terms.size === 0 || this.#node.excused.has(object)) return;
    for (const sent of terms.values())
      if (sent > 1) this.#node.find(`the stop signal was sent ${sent} times to ${object}`);
  }

  /** Whoever is not at rest waits for a call that is under way, or for somebody who is not at rest. */
  #judgeExplanation(daemon: Daemon, ref: AnyActorRef, state: State, open: readonly OpenCall[]): void {
    const { waitsFor } = toldBy(state);
    const wrong = (text: string): void => this.#node.find(`${ref.id} in ${pathOf(state.value)} ${text}`);
    if (waitsFor === undefined) return wrong("does not say what it waits for");
    if (kindOf(ref.id) === "attach" && waitsFor === "detached") return this.inquiry.truths.judgeAttached(ref.id);
    const own = open.filter(({ call }) => call.by === ref.id);
    const others = BY_OTHERS[waitsFor];
    if (!others) return this.#judgeCalls(own, ref.id, state, wrong);
    if (own.length > 0) wrong(`waits for ${waitsFor}, and has a call of its own under way`);
    const pod = objectOf(ref.id);
    const busy = daemon.system.actors().some((other) => {
      if (!others.includes(kindOf(other.id))) return false;
      const theirs = other.getSnapshot() as State;
      const inPod = other._parent?.id === podActorId(pod);
      // One that has crashed is started again, or waits for the operator.
      return inPod && (theirs.status === "error" || (theirs.status === "active" && !toldBy(theirs).settled));
    });
    if (!busy && !this.#isBeingMended(daemon, pod)) wrong(`waits for ${waitsFor}, and nobody is about to bring it`);
  }

  /** One slot, one call, one state; and what it waits until is on the clock. */
  #judgeCalls(own: readonly OpenCall[], actor: string, state: State, wrong: (text: string) => void): void {
    const { waitsFor, bound } = toldBy(state);
    const [open] = own;
    if (!open) return wrong(`waits for ${waitsFor}, and no call of its own is under way`);
    if (own.length > 1) return wrong(`waits for ${waitsFor}, and has ${own.length} calls under way`);
    const { driver, input } = open.call;
    if (driver !== "clock") return;
    const { at } = input as { readonly at: number };
    if (!this.#node.timers.isArmed(at)) wrong(`waits until ${at}, and no timer is armed for then`);
    const { deadline = null } = state.context;
    const text = wrongWithMoment({ actor, place: pathOf(state.value), bound, deadline }, open);
    if (text !== undefined) wrong(text);
  }

  /** The pod itself has crashed and comes back. */
  #isBeingMended(daemon: Daemon, pod: string): boolean {
    return (daemon.actor(`pod/${pod}`)?.getSnapshot() as State | undefined)?.status !== "active";
  }

  #judgeView(view: ContainerView): void {
    this.#judged.add(view);
    const { id, state, exit, reason, config } = view;
    const rank = RANKS[state];
    const before = this.#ranks.get(id) ?? 0;
    if (rank < before) this.#node.find(`container ${config.name} went back to ${state}`);
    this.#ranks.set(id, Math.max(before, rank));
    if (!exit || reason === "StartError") return;
    if (view.startedAt && view.finishedAt && BigInt(view.finishedAt) < BigInt(view.startedAt))
      this.#node.find(`container ${config.name} ended before it began`);
    const process = this.#node.kernel.of(id);
    if ("unknown" in exit) {
      if (process?.end && !this.#node.kernel.mayBeUntold(process) && view.startedAt)
        this.#node.find(`the exit of container ${config.name} is unknown, though somebody saw it: ${exit.unknown}`);
      return;
    }
    const truth = process?.end;
    const same = truth && JSON.stringify({ ...truth, at: "" }) === JSON.stringify({ ...exit, at: "" });
    if (!same)
      this.#node.find(
        `the exit of container ${config.name} is told as ${JSON.stringify(exit)}, and was ${JSON.stringify(truth)}`,
      );
  }
}
