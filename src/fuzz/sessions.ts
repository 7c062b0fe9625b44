/**
 * Clients with streams: each is before a command or a container, ends its input, takes no output for a while, or leaves in the
 * midst. What they are answered is held against what became of the command and of the container.
 */
import { Readable, Writable } from "node:stream";
import { attachActorId, execActorId } from "../vocabulary/actor-ids.ts";
import type { Caller, WantedStreams } from "../supervisors/runtime.ts";
import type { ContainerView } from "../vocabulary/index.ts";
import type { RequestsOptions } from "./requests.ts";
import type { Questions } from "./questions.ts";
import type { Wishes } from "./wishes.ts";

/** One client, as it knows itself. */
export interface Session {
  readonly id: string;
  readonly verb: "Exec" | "Attach";
  readonly container: ContainerView;
  readonly wanted: WantedStreams;
  readonly stdin: Readable | undefined;
  /** It has sent all. */
  inputEnded: boolean;
  /** It did not take its output. */
  slow: boolean;
  left: boolean;
  answered: boolean;
  leave(): void;
}

/** So many at a time. */
const MOST = 4;
const NOBODY: readonly Session[] = [];
/** The exit code of a command that SIGKILL has ended. */
const KILLED = 137;
/** Nothing is written in a simulated world. */
const output = new Writable({ write: (_, __, done) => done() });

export const actorOf = ({ id, verb }: Session): string => (verb === "Exec" ? execActorId(id) : attachActorId(id));

export interface SessionsOptions extends RequestsOptions {
  readonly questions: Questions;
  readonly wishes: Wishes;
}

export class Sessions {
  readonly #options: SessionsOptions;
  /** Of this daemon's life, also those that have ended. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Somebody has asked for what ends its command at once. */
  mayBeKilled(session: Session): boolean {
    const { node, wishes } = this.#options;
    return wishes.isTakenAlong(session.container, node.kernel) || (session.left && !this.mayGoOn(session));
  }
  /** Without its client. */
  mayGoOn({ wanted }: Session): boolean {
    return wanted.tty || this.#options.pod.streaming?.killsAbandoned !== true;
  }

  /** Those that are neither answered nor left. */
  open(): readonly Session[] {
    if (this.#sessions.size === 0) return NOBODY;
    return [...this.#sessions.values()].filter(({ answered, left }) => !answered && !left);
  }

  /** The daemon is dead, and every connection to it. */
  forget(): void {
    this.#sessions.clear();
  }

  /** A client comes, or one that is there does something; false: there is nothing to be done. */
  act(containers: readonly ContainerView[]): boolean {
    const { choices } = this.#options;
    const open = this.open();
    if (open.length > 0 && (open.length >= MOST || choices.chance(500))) return this.#goOn(choices.pick(open));
    const running = containers.filter(({ state }) => state === "running");
    if (containers.length === 0) return false;
    const container = choices.pick(running.length > 0 ? running : containers);
    return choices.chance(500) ? this.attach(container) : this.exec(container, choices.chance(500));
  }

  #goOn(session: Session): boolean {
    if (session.verb === "Exec") return this.#options.choices.chance(500) && this.leave(session);
    const acts = [() => this.leave(session), () => this.endInput(session), () => this.takeNothing(session)];
    return acts[this.#options.choices.weighted([4, 3, 3])]?.() ?? false;
  }

  exec(container: ContainerView, tty: boolean): boolean {
    const wanted = { tty, stdin: this.#options.choices.chance(500), stdout: true, stderr: !tty };
    return this.#begin(this.#enter("Exec", container, wanted));
  }
  attach(container: ContainerView): boolean {
    const { tty } = container.config;
    const wanted = { tty, stdin: !this.#options.choices.chance(300), stdout: true, stderr: !tty };
    return this.#begin(this.#enter("Attach", container, wanted));
  }

  endInput(session: Session): boolean {
    if (!session.stdin || session.inputEnded) return false;
    this.#say(session, "a client ends its input");
    session.inputEnded = true;
    session.stdin.push(null);
    return true;
  }

  takeNothing(session: Session): boolean {
    if (!this.#options.daemon().link.cutOff(session.id)) return false;
    this.#say(session, "a client does not take its output");
    session.slow = true;
    this.#options.node.calm = false;
    return true;
  }

  leave(session: Session): boolean {
    this.#say(session, "a client leaves");
    session.leave();
    return true;
  }

  /** Whoever is here sends no more, or, where that is not the end of it, goes; false: nobody is here. */
  putAway(): boolean {
    const [session] = this.open();
    return session !== undefined && (this.endInput(session) || this.leave(session));
  }

  #say({ verb, id, container }: Session, what: string): void {
    this.#options.asked(what, `${verb} ${container.config.name}, ${id}`);
  }

  #enter(verb: Session["verb"], container: ContainerView, wanted: WantedStreams): Session {
    const id = String(this.#options.node.newId()).padStart(32, "0");
    const stdin = wanted.stdin ? new Readable({ read: () => {} }) : undefined;
    const marks = { inputEnded: false, slow: false, left: false, answered: false };
    const session: Session = { id, verb, container, wanted, stdin, ...marks, leave: () => {} };
    this.#sessions.set(id, session);
    return session;
  }

  #begin(session: Session): boolean {
    const { id, verb, container, wanted } = session;
    const { node, questions } = this.#options;
    const ended = (): void => void (session.answered = true);
    return questions.put<number | undefined>({
      what: verb,
      about: `in ${container.config.name}, ${wanted.tty ? "with a terminal" : "without a terminal"}, ${id}`,
      ask: (caller) => this.#serve(session, caller).finally(ended),
      ok: (code) => this.#judgeAnswer(session, code),
      refused: ({ code, message }) => {
        if (code === "Cancelled" && !session.left) node.find(`${verb} was cancelled, and its client is there`);
        if (message.includes("has not taken the output") && !session.slow)
          node.find(`${verb}: a quick client was cut off`);
        if (message.includes("crash") && node.calm)
          node.find(`${verb}: nobody has crashed, and it is said so: ${message}`);
        if (message.includes("monitor went away") && node.calm) node.find(`${verb} has lost a monitor that is there`);
      },
    });
  }

  /** As the streaming server does it. */
  async #serve(session: Session, { signal }: Caller & { readonly signal: AbortSignal }): Promise<number | undefined> {
    const { id, verb, container, wanted, stdin } = session;
    const { runtime, sessions } = this.#options.daemon();
    const gone = new AbortController();
    session.leave = () => gone.abort();
    signal.addEventListener("abort", () => gone.abort());
    gone.signal.addEventListener("abort", () => {
      session.left = true;
      if (!session.inputEnded) stdin?.push(null);
      session.inputEnded = true;
    });
    const stderr = wanted.stderr ? output : undefined;
    sessions.admit(id, { stdin, stdout: output, stderr, onResize: () => {} });
    try {
      if (verb === "Exec") return await runtime.exec(id, container.id, ["true"], wanted, gone);
      await runtime.attach(id, container.id, wanted, gone);
      return undefined;
    } finally {
      await sessions.dismiss(id);
    }
  }

  #judgeAnswer(session: Session, code: number | undefined): void {
    const { isProving, node } = this.#options;
    const { id, verb, container } = session;
    if (this.#options.daemon().system.find(actorOf(session)) === undefined && node.ledger.has("exec-fifos", id))
      node.find(`${verb} answered, and has left its FIFOs`);
    if (verb === "Attach") {
      const hasEnded = node.kernel.of(container.id)?.phase !== "running";
      const { stdinOnce, tty } = container.config;
      const isDone = session.inputEnded && !(stdinOnce && !tty);
      if (!hasEnded && !isDone) node.find("Attach answered, and the container goes on");
      return;
    }
    const end = node.kernel.of(id)?.end;
    const truth = end && ("code" in end ? end.code : "signal" in end ? 128 + end.signal : undefined);
    if (truth !== code) node.find(`Exec answered with ${code}, and its command ended with ${truth}`);
    if ((node.calm || isProving()) && code === KILLED && !this.mayBeKilled(session))
      node.find("a command is killed, and nobody asked");
  }
}
