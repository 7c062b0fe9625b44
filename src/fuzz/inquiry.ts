/**
 * What is asked of everybody at work, step by step: calls are made in their order, crashes cost what they are to cost, who
 * works knows what for, who was asked to end something ends it in time, and what nobody waits for does not go on.
 */
import type { AnyActorRef } from "xstate";
import type { OpenCall } from "../supervisors/door.ts";
import { pathOf } from "../machines/path.ts";
import { kindOf, objectOf } from "../vocabulary/actor-ids.ts";
import type { Transition } from "../supervisors/observer.ts";
import { Budgets } from "./budgets.ts";
import type { Daemon } from "./daemon.ts";
import { wrongWithKnowledge, type Knowing } from "./knowledge.ts";
import { wrongWithCall } from "./orders.ts";
import type { Client } from "./client.ts";
import { SessionTruths, type Attending } from "./session-truths.ts";
import type { Node } from "./world/node.ts";

interface State {
  readonly status: string;
  readonly value: unknown;
  readonly context: Knowing &
    Attending & {
      readonly deadline?: number | null;
      readonly patience?: number;
      readonly trouble?: object | null;
    };
  hasTag(tag: string): boolean;
}

/** What ends when its caller leaves, by whose call it is; and until when it is not too late. */
const OF_CALLERS = {
  exec: { call: "ExecSync", places: ["preparing", "spawning", "running"] },
  "image-pull": { call: "PullImage", places: ["queued", "resolving", "fetching", "queuedToUnpack", "unpacking"] },
};

/** Calls that only wait, and one that goes on as long as bytes come: its driver bounds the pause between them. */
const UNBOUND: ReadonlySet<string> = new Set(["clock", "permits", "images.fetch"]);
const isUnbound = ({ driver, verb }: OpenCall["call"]): boolean =>
  UNBOUND.has(driver) || UNBOUND.has(`${driver}.${verb}`);
/** Calls that hold up nothing else about their object. */
const WAITING: ReadonlySet<string> = new Set(["clock", "permits"]);

/** What is told to give up when nobody waits for it any more. */
const CANCELLABLE: ReadonlySet<string> = new Set([
  "images.resolve",
  "images.fetch",
  "images.unpack",
  "runtime.checkpoint",
]);

/** What is to be written down, unless that failed, before it is done. */
const INTENTS: readonly (readonly [kind: string, place: RegExp, phase: string])[] = [
  ["container", /^updating\.(applying|restoring)$/, "updating"],
  ["container", /^stopping\.(asking|forcing)$/, "stopping"],
  ["container", /^removing\.(settlingTools|deleting)$/, "removing"],
  ["sandbox", /^stopping\.emptying$/, "stopping"],
  ["sandbox", /^removing\.clearing$/, "removing"],
];

/** What a container begins only when it is asked to, by the place at which it begins. */
const ASKED_FOR: Readonly<Record<string, string>> = { "starting.intending": "start", "updating.intending": "update" };

const RESTS: ReadonlySet<string> = new Set(["ready", "created", "running", "stopped"]);

export class Inquiry {
  /** Calls under way, by their actor. */
  readonly #working = new Map<string, OpenCall>();
  readonly #seen = new WeakSet<State>();
  /** Containers whose output was waited for. */
  readonly #drained = new Set<string>();
  readonly budgets: Budgets;
  readonly #node: Node;
  readonly truths: SessionTruths;
  readonly #requests: () => Client["requests"];

  constructor(node: Node, client: () => Client) {
    this.#node = node;
    this.#requests = () => client().requests;
    this.truths = new SessionTruths(node, () => client().sessions);
    this.budgets = new Budgets(
      () => node.timers.now,
      (finding) => node.find(finding),
    );
  }

  /** A daemon begins. */
  began(): void {
    this.budgets.began();
    this.#working.clear();
    this.#drained.clear();
  }

  called(daemon: Daemon, open: OpenCall): void {
    const wrong = wrongWithCall(this.#node, daemon, open);
    if (wrong !== undefined) this.#node.find(wrong);
    const { call } = open;
    this.#judgeDrain(call);
    if (call.boundMs === null && !isUnbound(call)) this.#node.find(`${call.driver}.${call.verb} may take for ever`);
    if (WAITING.has(call.driver)) return;
    const other = this.#working.get(call.by)?.call;
    if (other)
      this.#node.find(`${call.by} calls ${call.driver}.${call.verb} while its ${other.driver}.${other.verb} goes on`);
    this.#working.set(call.by, open);
  }

  /** A container is said to have stopped when its output has been waited for, and what it had begun has ended. */
  #judgeDrain({ driver, verb, id, input }: OpenCall["call"]): void {
    if (driver === "monitor" && verb === "drain") this.#drained.add(id);
    const isEnd = verb === "putContainer" && (input as { readonly phase?: string }).phase === "stopped";
    if (isEnd && !this.#drained.has(id)) this.#node.find(`container ${id} has stopped, and was not drained`);
  }

  ended({ n, call }: OpenCall): void {
    if (this.#working.get(call.by)?.n === n) this.#working.delete(call.by);
  }

  moved(daemon: Daemon, transition: Transition): void {
    this.truths.moved(daemon, transition);
    this.#judgeLeaving(transition);
    this.#judgeOpening(daemon, transition);
    this.#judgeArrival(daemon, transition);
    this.#judgeBeginning(transition);
  }

  #judgeBeginning({ actor, to, event }: Transition): void {
    const verb = kindOf(actor) === "container" ? ASKED_FOR[to] : undefined;
    if (verb !== undefined && event !== verb) this.#node.find(`${actor} begins to ${verb}, which nobody has asked for`);
  }

  /**
   * Where somebody comes to rest, even in passing, is written down before; a record after a crash may fail. A checkpoint changes
   * nothing: who comes back from one is recorded as before.
   */
  #judgeArrival({ books }: Daemon, { actor, from, to, event }: Transition): void {
    if (!RESTS.has(to) || event === "failed" || from === "checkpointing.writing") return;
    const [kind, id] = [kindOf(actor), objectOf(actor)];
    const shelf = kind === "container" ? books.containers : kind === "sandbox" ? books.sandboxes : undefined;
    const memo = shelf?.entry(id)?.memo;
    if (shelf && memo?.phase !== to) this.#node.find(`${actor} comes to ${to}, and is recorded as ${memo?.phase}`);
  }

  /** Before its patience is over a daemon opens only as everybody knows where they stand. */
  #judgeOpening({ system }: Daemon, { actor, to, event }: Transition): void {
    if (actor !== "life" || to !== "opening" || event === "recovered") return;
    const state = system.find("life")?.getSnapshot() as State | undefined;
    if (this.#node.timers.now < (state?.context.patience ?? 0))
      this.#node.find("the daemon opens before its patience is over");
  }

  /** A state is not left while its call is under way: nobody would hear how it ends. */
  #judgeLeaving({ actor, from, to, event }: Transition): void {
    const open = this.#working.get(actor);
    if (from === "" || !open || event === "begun") return;
    this.#node.find(`${actor} goes from ${from} to ${to}, and its ${open.call.driver}.${open.call.verb} goes on`);
  }

  /** The daemon's life is over, in order. */
  closed(daemon: Daemon): void {
    if (!daemon.flushed) this.#node.find("the daemon has ended, and has not flushed its records");
  }

  crashed(ref: AnyActorRef | undefined): void {
    this.budgets.crashed(ref);
    this.#requests().wishes.forgetHeard();
  }

  check(daemon: Daemon): void {
    this.budgets.check(daemon.system);
    const actors = daemon.system.actors();
    const changed = actors.filter((ref) => this.#isNew(ref));
    for (const ref of changed) {
      const { value, context } = ref.getSnapshot() as State;
      this.#judge(daemon, ref.id, kindOf(ref.id), pathOf(value), context);
      this.truths.judge(ref.id, pathOf(value), context);
      this.budgets.judgeFamily(ref);
    }
    if (changed.length === 0) return;
    this.#judgeCallers("exec", actors);
    this.#judgeCallers("image-pull", actors);
    this.#judgeLife(daemon);
  }

  /** Everybody is judged as they change. */
  #isNew(ref: AnyActorRef): boolean {
    const state = ref.getSnapshot() as State;
    if (state.status !== "active" || this.#seen.has(state)) return false;
    this.#seen.add(state);
    return true;
  }

  #judge({ books, life }: Daemon, actor: string, kind: string, place: string, context: State["context"]): void {
    const id = objectOf(actor);
    const phase = (books.containers.entry(id) ?? books.sandboxes.entry(id))?.memo?.phase;
    const intent = INTENTS.find(([whose, where]) => whose === kind && where.test(place))?.[2];
    if (intent !== undefined && phase !== intent && !context.trouble && context.work?.verb !== "start")
      this.#node.find(`${actor} is in ${place}, and is recorded as ${phase}`);
    if (kind === "container" && place === "stopping.waiting" && context.asked && !context.trouble)
      if (!books.containers.entry(id)?.memo?.asked) this.#node.find(`${actor} has asked, and has not written it down`);
    if (kind === "image-pull" && context.cancelled) this.#judgeCancelled(actor, id);
    if (place === "checkpointing.writing" && (context.next || context.exit)) this.#judgeCancelled(actor, id);
    const process = kind === "container" || kind === "exec" ? this.#node.kernel.of(id) : undefined;
    const known = this.#node.excused.has(id) ? { ...context, asked: true } : context;
    const wrong = wrongWithKnowledge(kind, place, known, process, { life, now: this.#node.timers.now });
    if (wrong !== undefined) this.#node.find(`${actor} in ${place} ${wrong}`);
    if (kind !== "container" || !/^stopping\.(asking|resting|noting|waiting)$/.test(place)) return;
    const heard = this.#requests().wishes.heardOf(id);
    const { deadline = null } = context;
    if (heard !== undefined && deadline !== null && deadline > heard)
      this.#node.find(`${actor} waits ${deadline - heard} ms longer than it was asked to`);
  }

  /** What nobody wants any more is told to give up. */
  #judgeCancelled(actor: string, id: string): void {
    const isAtWork = this.#node.operations
      .underWay()
      .some(({ name, object, calledOff }) => calledOff === undefined && object === id && CANCELLABLE.has(name));
    if (isAtWork) this.#node.find(`${actor} goes on with what nobody wants`);
  }

  /** Pulls are shared, execs are not; of those with a client's streams session-truths.ts knows. */
  #judgeCallers(kind: "exec" | "image-pull", actors: readonly AnyActorRef[]): void {
    const { call, places }: { readonly call: string; readonly places: readonly string[] } = OF_CALLERS[kind];
    let count = 0;
    for (const ref of actors) {
      if (kindOf(ref.id) !== kind || this.truths.has(objectOf(ref.id))) continue;
      const { status, value, context } = ref.getSnapshot() as State;
      if (status !== "active" || !places.includes(pathOf(value))) continue;
      if (context.crashed) this.#node.find(`${ref.id} has crashed, and begins again`);
      if (!context.cancelled) count++;
    }
    if (count === 0) return;
    const callers = this.#requests().questions.callersOf(call);
    if (kind === "exec" ? count > callers : callers === 0)
      this.#node.find(`${count} of ${kind} at work, and ${callers} callers of ${call}`);
  }

  /** It serves as soon as everybody knows where they stand. */
  #judgeLife({ system, serving }: Daemon): void {
    const life = system.find("life");
    const { value, context } = (life?.getSnapshot() ?? {}) as Partial<State>;
    const isPatient = (context?.patience ?? 0) > this.#node.timers.now;
    if (serving || value !== "recovering" || !isPatient) return;
    const isBusy = system.actors().some((ref) => {
      const state = ref.getSnapshot() as State;
      return state.status === "error" || (state.status === "active" && state.hasTag("catchingUp"));
    });
    if (!isBusy) this.#node.find("everybody knows where they stand, and the daemon does not serve");
  }
}
