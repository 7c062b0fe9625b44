/** What a simulated daemon has of containers' streams: copies whose ends are told once, stdins and terminals by descriptors. */
import type { AttachRequest, MonitorListener, WhyDetached } from "../../drivers/monitor/monitor.ts";
import { NotAllowed, Overdue, Unavailable } from "../../errors.ts";
import type { Node } from "./node.ts";
import type { Questions } from "./questions.ts";

/** Nobody reads or writes simulated descriptors, and to close one is nothing. */
const FIRST_DESCRIPTOR = 1_000_000;

export class Attachments {
  readonly #node: Node;
  readonly #questions: Questions;
  /** True: it has begun. */
  readonly #begun = new Map<string, boolean>();
  listener: MonitorListener | undefined;

  constructor(node: Node, questions: Questions) {
    this.#node = node;
    this.#questions = questions;
  }

  async begin(request: AttachRequest): Promise<void> {
    const { attachId } = request;
    const hadIt = this.#begun.has(attachId);
    if (!hadIt) this.#begun.set(attachId, false);
    try {
      await this.#questions.ask({ verb: "attach", ...request }, () => {
        if (this.#begun.has(attachId)) this.#begun.set(attachId, true);
      });
    } catch (error) {
      if (!hadIt) this.#begun.delete(attachId);
      if (error instanceof Overdue) void this.#questions.ask({ verb: "detach", attachId }).catch(() => {});
      throw error;
    }
  }

  async end(attachId: string): Promise<void> {
    if (!this.#begun.delete(attachId)) return;
    try {
      await this.#questions.ask({ verb: "detach", attachId });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  hear(attachId: string, why: WhyDetached): void {
    if (this.#begun.delete(attachId)) this.listener?.detached(attachId, why);
  }

  lost(): void {
    for (const [attachId, begun] of this.#begun) if (begun) this.hear(attachId, "gone");
  }

  input(id: string): number {
    if (this.#node.notes.get(id)?.stdin !== "open")
      throw new NotAllowed(`container ${id} has no stdin that takes anything`);
    return FIRST_DESCRIPTOR + this.#node.newId();
  }

  terminal(id: string): number | undefined {
    return this.#node.notes.get(id)?.terminal ? FIRST_DESCRIPTOR + this.#node.newId() : undefined;
  }
}
