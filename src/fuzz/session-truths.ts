/**
 * What must be so of a streamed command, and of a client before a container, as their actors go from state to state: nobody is
 * served who has gone, nothing is killed that may go on, a terminal hangs up, and a stdin ends once and for good.
 */
import type { Transition } from "../supervisors/observer.ts";
import { kindOf, objectOf } from "../vocabulary/actor-ids.ts";
import type { Daemon } from "./daemon.ts";
import { actorOf, type Session, type Sessions } from "./sessions.ts";
import type { Node } from "./world/node.ts";

export interface Attending {
  readonly cancelled?: boolean;
  readonly crashed?: boolean;
  readonly closesInput?: boolean;
  readonly inputEnded?: boolean;
  readonly inputClosed?: boolean;
  readonly detached?: string | null;
  readonly failure?: { readonly code: string } | null;
}

const SIGKILL = 9;
/** A command that has begun or is about to. */
const AT_WORK: ReadonlySet<string> = new Set(["preparing", "spawning", "running"]);
const BEFORE: ReadonlySet<string> = new Set(["preparing", "joining", "attached"]);

/** Asked of every actor at every step. */
const isMeant = (actor: string): boolean => actor.startsWith("exec/") || actor.startsWith("attach/");

export class SessionTruths {
  readonly #node: Node;
  readonly #sessions: () => Sessions;
  /** Execs whose terminal was closed, or could not be. */
  readonly #hungUp = new Set<string>();
  /** Attaches that had the container's stdin to give. */
  readonly #joined = new Set<string>();

  constructor(node: Node, sessions: () => Sessions) {
    this.#node = node;
    this.#sessions = sessions;
  }

  has(id: string): boolean {
    return this.#sessions().find(id) !== undefined;
  }

  moved(daemon: Daemon, { actor, from, to, event }: Transition): void {
    if (!isMeant(actor)) return;
    const [kind, id] = [kindOf(actor), objectOf(actor)];
    if (to === "ended" && this.#node.ledger.has("exec-fifos", id)) this.#find(`${actor} has ended, and left its FIFOs`);
    if (to === "ended" && kind === "exec") this.#judgeEnd(daemon, actor, id);
    if (kind === "exec" && to === "killing" && from !== "") this.#judgeKill(actor, id);
    if (from === "hangingUp") this.#judgeHungUp(actor, id, event);
    if (from === "joining" && to === "attached") this.#judgeJoined(actor, id);
  }

  /** Nobody kills what has not crashed and may go on. */
  #judgeKill(actor: string, id: string): void {
    const session = this.#sessions().find(id);
    if (!session) return;
    if (!session.left) this.#find(`${actor} is killed, and its client is there`);
    else if (this.#sessions().mayGoOn(session)) this.#find(`${actor} is killed, and may go on`);
  }

  /** Where all went well a command that may go on without its client does. */
  #judgeEnd(daemon: Daemon, actor: string, id: string): void {
    const session = this.#sessions().find(id);
    const process = this.#node.kernel.of(id);
    const { context } = (daemon.actor(actor)?.getSnapshot() ?? {}) as { readonly context?: Attending };
    // Of one that began too late the client is told so.
    if (!session || !process || !this.#node.calm || context?.failure?.code === "Overdue") return;
    const how = process.end ?? process.doomed;
    const isKilled = how !== undefined && "signal" in how && how.signal === SIGKILL;
    if (isKilled && !this.#sessions().mayBeKilled(session))
      this.#find(`${actor} has ended, and its command was killed`);
  }

  #judgeHungUp(actor: string, id: string, event: string): void {
    this.#hungUp.add(id);
    const process = this.#node.kernel.of(id);
    if (event !== "failed" && process?.phase === "running" && process.terms.size === 0)
      this.#find(`${actor} has hung up, and its terminal is open`);
  }

  #judgeJoined(actor: string, id: string): void {
    const session = this.#sessions().find(id);
    if (!session) return;
    const { config } = session.container;
    const note = this.#node.notes.get(session.container.id);
    if (!session.wanted.stdin || !config.stdin || config.tty) return;
    if (note?.stdin === "closed") this.#find(`${actor} was given a stdin that is closed`);
    this.#joined.add(id);
  }

  /** What an actor that has changed knows and does. */
  judge(actor: string, place: string, context: Attending): void {
    const session = isMeant(actor) ? this.#sessions().find(objectOf(actor)) : undefined;
    if (!session) return;
    const isExec = session.verb === "Exec";
    const wrong = isExec
      ? this.#wrongWithExec(session, place, context)
      : this.#wrongWithAttach(session, place, context);
    if (wrong !== undefined) this.#find(`${actor} in ${place} ${wrong}`);
  }

  #wrongWithExec(session: Session, place: string, context: Attending): string | undefined {
    const { cancelled = false, crashed = false } = context;
    const isHere = !session.left && !session.answered;
    if (AT_WORK.has(place) && !cancelled && !isHere && !this.#hungUp.has(session.id))
      return "does not know that its client has gone";
    if (AT_WORK.has(place) && crashed) return "has crashed, and begins again";
    if (place === "hangingUp" && !session.left) return "hangs up, and its client is there";
    return undefined;
  }

  #wrongWithAttach(session: Session, place: string, context: Attending): string | undefined {
    const { cancelled = false, closesInput = false, inputEnded = false, inputClosed = false } = context;
    const { crashed = false, detached = null, failure = null } = context;
    const isHere = !session.left && !session.answered;
    if (BEFORE.has(place) && crashed) return "has crashed, and begins again";
    if (BEFORE.has(place) && !cancelled && !isHere) return "does not know that its client has gone";
    if (place === "attached" && (cancelled || detached !== null)) return "goes on, and is over";
    if (place === "attached" && session.inputEnded && !inputEnded && this.#joined.has(session.id))
      return "does not know that its client sends no more";
    if (place === "attached" && inputEnded && !closesInput) return "goes on, and its client's input has ended";
    if (place === "closingInput" && !session.inputEnded) return "closes a stdin that its client uses";
    if (place !== "leaving") return undefined;
    const isWhole = detached === null && failure === null && this.#joined.has(session.id);
    if (isWhole && closesInput && (inputEnded || cancelled) && !inputClosed) return "leaves a stdin open for good";
    const note = this.#node.notes.get(session.container.id);
    return inputClosed && note?.stdin === "open" ? "has closed a stdin that is open" : undefined;
  }

  /** Whoever is attached waits for the container's end or the client's: a client is there. */
  judgeAttached(actor: string): void {
    const session = this.#sessions().find(objectOf(actor));
    if (!session || session.left || session.answered) this.#find(`${actor} waits for a client that is not there`);
  }

  /** All news has been heard: whoever waits is served, and has a copy of what a container writes that runs. */
  checkQuiet({ system }: Daemon, copies: ReadonlyMap<string, string> | undefined): void {
    for (const session of this.#sessions().open()) {
      const { container, verb } = session;
      const place = system.stateOf(actorOf(session));
      if (place === undefined) this.#find(`a client waits for its ${verb}, and nobody is about to answer`);
      if (verb === "Exec" || place !== "attached") continue;
      const of = actorOf(session);
      if (copies?.get(session.id) !== container.id) this.#find(`${of} is attached, and nobody copies for it`);
      if (this.#node.kernel.of(container.id)?.phase === "ended")
        this.#find(`${of} is attached, and its container has ended`);
    }
  }

  #find(text: string): void {
    this.#node.find(text);
  }
}
