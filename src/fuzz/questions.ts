/**
 * Calls of a simulated client that are under way: who asked what, who leaves, who insists, and whether a refusal is one that
 * a client may get.
 */
import { toFailure, TroupeError } from "../errors.ts";
import type { Caller } from "../supervisors/runtime.ts";
import type { Choices } from "./choices.ts";
import type { Daemon } from "./daemon.ts";
import { restsOf, stillResting } from "./haste.ts";
import type { Node } from "./world/node.ts";

type Asking = Pick<Caller, "signal" | "call"> & { readonly deadline: number };

export interface Question<Answer> {
  readonly what: string;
  readonly about: string;
  /** The object that is to go: whoever rests on its way is hastened. */
  readonly going?: string;
  readonly ask: (caller: Asking) => Promise<Answer>;
  readonly ok?: (answer: Answer) => void;
  /** A refusal, besides what is judged of every one. */
  readonly refused?: (error: TroupeError) => void;
}

interface Pending {
  readonly what: string;
  readonly about: string;
  readonly controller: AbortController;
}

export interface QuestionsOptions {
  readonly choices: Choices;
  readonly node: Node;
  readonly daemon: () => Daemon;
  readonly asked: (what: string, about: string) => void;
  readonly answered: (what: string, how: "ok" | "refused") => void;
  /** All is well: whatever is asked for has to go well too. */
  readonly isProving: () => boolean;
}

const CALL_MS = 120_000;
/** How often, of a thousand, it asks again for what it waits for already. */
const REPEATED = 100;
/** A client's call as it is recorded; in Troupe's own codes, since none of gRPC is here. */
const recorded = ({ calls }: Daemon, node: Node, call: { method: string; about: string; deadline: number }) => {
  const [n, began] = [calls?.asked(call), node.timers.now];
  return {
    caller: n === undefined ? {} : { call: n },
    ended: ({ code, text }: { code: string; text?: string }): void => {
      if (n !== undefined) calls?.answered(n, code, node.timers.now - began, text);
    },
  };
};
/** How nothing ends that goes well. */
const UNTIMELY: ReadonlySet<string> = new Set(["Failed", "Exhausted"]);

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #pending = new Set<Pending>();
  /** Calls of these kinds go on without their caller, whose patience was over. */
  readonly #overdue = new Set<string>();
  #insists = false;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  get waits(): readonly string[] {
    return [...this.#pending].map(({ what }) => what);
  }

  /** How many wait for an answer; as good as all there can be, where some were told that it takes too long. */
  callersOf(what: string): number {
    return this.#overdue.has(what) ? Infinity : this.waits.filter((one) => one === what).length;
  }

  /** The connection is gone, and with it every answer. */
  forget(): void {
    this.#pending.clear();
    this.#overdue.clear();
  }

  /** False: it is asked for already. */
  put<Answer>(question: Question<Answer>): boolean {
    const { what, about, going, ask } = question;
    const { choices, node } = this.#options;
    const isAsked = [...this.#pending].some((one) => one.what === what && one.about === about);
    if (isAsked && !this.#insists && !choices.chance(REPEATED)) return false;
    const pending: Pending = { what, about, controller: new AbortController() };
    const daemon = this.#options.daemon();
    this.#pending.add(pending);
    this.#options.asked(what, about);
    const rests = going === undefined ? undefined : restsOf(daemon, going);
    const deadline = node.wallMs() + CALL_MS;
    const told = recorded(daemon, node, { method: what, about, deadline });
    const over = (): boolean => this.#pending.delete(pending) && daemon.alive;
    const failed = (error: unknown): void => {
      if (!over()) return;
      told.ended(toFailure(error));
      this.#judgeRefusal(question, error);
    };
    try {
      ask({ deadline, signal: pending.controller.signal, ...told.caller }).then((answer) => {
        if (!over()) return;
        told.ended({ code: "OK" });
        this.#options.answered(what, "ok");
        question.ok?.(answer);
      }, failed);
    } catch (error) {
      failed(error);
    }
    const still = going !== undefined && rests && daemon.alive ? stillResting(daemon, going, rests) : undefined;
    if (still !== undefined) node.find(`${what} is asked for again, and ${still} rests on`);
    return true;
  }

  #judgeRefusal<Answer>({ what, refused }: Question<Answer>, error: unknown): void {
    const { answered, isProving, node } = this.#options;
    answered(what, "refused");
    if (!(error instanceof TroupeError)) return node.find(`${what} was answered with ${String(error)}`);
    const { code, message } = error;
    if (code === "Overdue") this.#overdue.add(what);
    if (code === "Overdue" && !/waits for|again after a crash|timeout|bound|too long/.test(message))
      node.find(`${what} was not answered, and nothing is waited for: ${message}`);
    if (isProving() && code !== "Cancelled") node.find(`${what} failed where all is well: ${message}`);
    if (code === "NotAllowed" && /^(Stop|Remove|RunPod)/.test(what)) node.find(`${what} was refused: ${message}`);
    if (code === "NotAllowed" && message.includes(" is creating.")) node.find(`${what} was refused: ${message}`);
    if (message.includes("is being looked at") && /^(Stop|Remove)/.test(what))
      node.find(`${what} has to be asked again: ${message}`);
    const isUntimely = UNTIMELY.has(code) || (code === "NotFound" && what === "RunPodSandbox");
    // Nothing has ended by itself so far: the client has stopped the container whose processes another one was to join.
    const isOwnDoing = message.endsWith(" is to join has gone");
    if (node.calm && isUntimely && !isOwnDoing) node.find(`${what} failed where nothing had gone wrong: ${message}`);
    refused?.(error);
  }

  leave(): boolean {
    const pending = [...this.#pending];
    if (pending.length === 0) return false;
    const { what, controller } = this.#options.choices.pick(pending);
    this.#options.asked("a client leaves", what);
    controller.abort();
    return true;
  }

  /** What is asked now is asked, whether or not it was before. */
  insist(ask: () => boolean): boolean {
    this.#insists = true;
    const asked = ask();
    this.#insists = false;
    return asked;
  }
}
