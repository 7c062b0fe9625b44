/**
 * How actors go about their work, from one move to the next: none crashes by itself, what failed is tried again only after
 * a rest, and nothing is stopped or removed that nobody asked to be gone.
 */
import type { Books } from "../supervisors/books.ts";
import { kindOf, objectOf } from "../vocabulary/actor-ids.ts";
import type { Transition } from "../supervisors/observer.ts";
import { BUDGET } from "../supervisors/supervisor.ts";
import { wrongWithSandbox } from "./holdings.ts";
import type { Node } from "./world/node.ts";

/** What the schedule makes actors throw. */
export class Thrown extends Error {
  readonly actor: string;
  constructor(actor: string, text: string) {
    super(text);
    this.actor = actor;
  }
}

/** Whom failures may crash: they have no other way, and their supervisor starts them again. The root fails with them. */
const CRASHES_BY_DESIGN = ["scribe", "network", "life", "daemon"];

/** Who is told one of these may try again at once: what was wrong may have been mended. */
const COMMANDS: ReadonlySet<string> = new Set(["begun", "update", "checkpoint", "stop", "remove", "detach", "retry"]);

const RESTS = ["ready", "created", "running", "stopped"];

export interface ConductOptions {
  readonly node: Node;
  readonly books: () => Books;
  /** The client has asked for this one's stop or removal; or only its removal. */
  readonly isToGo: (id: string, how: "stop" | "remove") => boolean;
  /** The client has asked for something of this name with two configurations: one gives way. */
  readonly isContested: (name: string) => boolean;
  /** Until when the actor itself lets its container go on. */
  readonly deadlineOf: (actor: string) => number | null;
  /** Until when a container may go on, as the client has asked. */
  readonly graceOf: (id: string, sandboxId: string) => number | undefined;
}

export class Conduct {
  readonly #options: ConductOptions;
  readonly #crashes = new Map<string, number>();
  /** The daemon has been told to end. */
  #isClosing = false;
  /** Who failed in which state, and when. */
  readonly #failed = new Map<string, { readonly state: string; readonly at: number }>();

  constructor(options: ConductOptions) {
    this.#options = options;
  }

  /** Somebody asks, or begins anew: whatever rests may go on. */
  stirred(): void {
    this.#failed.clear();
  }

  /** The daemon begins again. */
  began(): void {
    this.stirred();
    this.#crashes.clear();
  }

  /** The root fails when the scribe has crashed, or another child too often; not before. */
  rootFailed(error: unknown): void {
    if (error instanceof Thrown && error.actor === "daemon") return;
    const isSpent = [...this.#crashes].some(
      ([actor, times]) => actor !== "daemon" && times > (actor === "scribe" ? 0 : BUDGET),
    );
    if (!isSpent) this.#options.node.find("the root has failed, and no child of it had spent its budget");
  }

  /** Whoever crashed may have sent a stop signal without having noted it; with a pod all its containers do. */
  #excuse(actor: string): void {
    const { books, node } = this.#options;
    const containers = kindOf(actor).startsWith("pod") ? books().containers.entries() : [];
    for (const id of [objectOf(actor), ...containers.map((entry) => entry.id)]) node.excused.add(id);
  }

  crashed(actor: string, error: unknown): void {
    this.#excuse(actor);
    this.stirred();
    this.#crashes.set(actor, (this.#crashes.get(actor) ?? 0) + 1);
    // A supervisor does not fail for its child.
    const isThrown = error instanceof Thrown && error.actor === actor;
    if (actor === "life" && this.#isClosing && !isThrown)
      this.#options.node.find("the daemon is to end, and begins again");
    if (isThrown || CRASHES_BY_DESIGN.includes(kindOf(actor))) return;
    const text = error instanceof Error ? error.message : JSON.stringify(error);
    this.#options.node.find(`${actor} has crashed by itself: ${text}`);
  }

  moved({ actor, from, to, event }: Transition): void {
    const { node } = this.#options;
    if (COMMANDS.has(event)) this.#failed.delete(actor);
    if (actor === "life" && to === "recovering" && from !== "") node.find("the daemon's life begins again");
    if (actor === "life") this.#isClosing = to === "closing";
    if (actor === "monitor-link") this.#judgeLink(from, to, event);
    const failed = this.#failed.get(actor);
    if (failed?.state === to && failed.at === node.timers.now)
      node.find(`${actor} tries ${to} again without a rest, after it failed`);
    if (event === "failed") this.#failed.set(actor, { state: from, at: node.timers.now });
    if (to === "stopping.forcing" && !from.startsWith("starting")) this.#judgeForce(actor, from);
    if (from.startsWith("starting") && to === "stopping.intending")
      node.find(`${actor} is started, and stopped at once`);
    const isLeaving = /^(stopping|removing)/.test(to) && (RESTS.includes(from) || from.startsWith("resuming"));
    if (isLeaving && !this.#mayGo(actor, from, to)) node.find(`${actor} goes from ${from} to ${to}, and nobody asked`);
  }

  #judgeLink(from: string, to: string, event: string): void {
    const { node } = this.#options;
    if (to === "upgrading" && event !== "upgrade") node.find("the monitor is upgraded, and nobody asked");
    if (from === "connected" && to === "connecting") node.find("the monitor is connected to again, without a rest");
  }

  /** Nobody is killed unwarned, or before the grace that it was given is over. */
  #judgeForce(actor: string, from: string): void {
    const { books, graceOf, isToGo, node } = this.#options;
    const entry = books().containers.entry(objectOf(actor));
    const process = node.kernel.of(objectOf(actor));
    if (!entry || process?.phase !== "running" || entry.memo?.verb === "start") return;
    const isRemoved = isToGo(entry.id, "remove") || isToGo(entry.sandboxId, "remove");
    if (from === "stopping.waiting" && !isRemoved && process.terms.size === 0)
      node.find(`${actor} is killed, and was not asked to end`);
    const deadline = from === "stopping.waiting" ? this.#options.deadlineOf(actor) : null;
    if (deadline !== null && node.timers.now < deadline) node.find(`${actor} is killed before its deadline`);
    const end = graceOf(entry.id, entry.sandboxId);
    if (end !== undefined && node.timers.now < end)
      node.find(`${actor} is killed ${end - node.timers.now} ms too early`);
  }

  #mayGo(actor: string, from: string, to: string): boolean {
    const { isToGo, node } = this.#options;
    const books = this.#options.books();
    const id = objectOf(actor);
    const how = to.startsWith("removing") ? "remove" : "stop";
    if (isToGo(id, how)) return true;
    if (kindOf(actor) === "sandbox") {
      const entry = books.sandboxes.entry(id);
      if (entry && this.#options.isContested(entry.config.metadata.name)) return true;
      // One that was never told to anyone is undone.
      if (how === "remove") return !books.sandboxes.views().some((view) => view.id === id);
      // Its stop or its undo was under way, which could not be recorded: what is left of it may not stay ready.
      if (node.unrecorded.has(id)) return true;
      const isWhole = entry && wrongWithSandbox(node, entry, "ready") === undefined;
      return !isWhole || entry.memo?.phase !== "ready" || node.kernel.of(id)?.phase === "ended";
    }
    const entry = books.containers.entry(id);
    const sandbox = entry?.sandboxId ?? "";
    if (entry && this.#options.isContested(entry.config.name)) return true;
    if (from.startsWith("resuming") && how === "stop") return entry?.memo?.phase !== "running";
    if (how === "remove" && !books.containers.views().some((view) => view.id === id)) return true;
    if (isToGo(sandbox, how)) return true;
    // A pod that is taken down takes its containers along, also where that could not be written down.
    const isDown = books.sandboxes.entry(sandbox)?.memo?.phase !== "ready";
    return how === "stop" && (isDown || node.kernel.of(sandbox)?.phase === "ended");
  }
}
