/** What a simulated daemon asks its monitor: each question with its bound, given up with the connection. */
import { fromFailure, Unavailable } from "../../errors.ts";
import { boundOf, unanswered } from "../../monitor/bounds.ts";
import type { Answers, Request, Result } from "../../monitor/protocol.ts";
import { subjectOf, type Connection } from "./connection.ts";
import type { Node } from "./node.ts";
import { within } from "./within.ts";

interface Question {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class Questions {
  readonly #node: Node;
  readonly #within: ReturnType<typeof within>;
  readonly #upgrading: () => Promise<unknown> | undefined;
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  connection: Connection | undefined;

  /** `upgrading`: ends when the monitor has replaced its program; absent: it does not. */
  constructor(node: Node, upgrading: () => Promise<unknown> | undefined) {
    this.#node = node;
    this.#within = within(node.timers, node.life);
    this.#upgrading = upgrading;
  }

  ask<Asked extends Request>(
    request: Asked,
    heard: (answer: Answers[Asked["verb"]]) => void = () => {},
  ): Promise<Answers[Asked["verb"]]> {
    const answered = this.#askAnybody(request).then((answer) => (heard(answer), answer));
    return this.bounded(request, answered);
  }

  bounded<Value>(request: Request, answered: Promise<Value>): Promise<Value> {
    const boundMs = boundOf(request);
    return this.#within(boundMs, answered, () => {
      const isTaken = !this.connection?.toMonitor.some((question) => question.request === request);
      const fate = isTaken ? "late" : "given up";
      this.#node.operations.fated?.(`monitor.${request.verb}`, subjectOf(request), fate);
      return unanswered(request, boundMs);
    });
  }

  put<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    if (!this.connection) return Promise.reject(new Unavailable("there is no connection to the monitor"));
    const seq = ++this.#asked;
    this.connection.toMonitor.push({ seq, request });
    return new Promise((resolve, reject) => this.#questions.set(seq, { resolve, reject }));
  }

  hear(seq: number, result: Result): void {
    const question = this.#questions.get(seq);
    this.#questions.delete(seq);
    if ("ok" in result) question?.resolve(result.ok as never);
    else question?.reject(fromFailure(result.failed));
  }

  giveUp(reason: string): void {
    for (const { reject } of this.#questions.values()) reject(new Unavailable(reason));
    this.#questions.clear();
  }

  /** During an upgrade questions wait for the new program, and those that the old one left unanswered are asked again. */
  async #askAnybody<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    await this.#upgrading()?.catch(() => {}); // told to who asked for it
    try {
      return await this.put(request);
    } catch (error) {
      const makes = request.verb === "create" || request.verb === "exec";
      if (makes || !(error instanceof Unavailable) || !this.#upgrading()) throw error;
      return this.#askAnybody(request);
    }
  }
}
