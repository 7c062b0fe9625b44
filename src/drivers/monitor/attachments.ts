/** Copies of what containers write that this daemon reads, and that the end of each is told once, whoever has ended it. */
import { Overdue, Unavailable } from "../../errors.ts";
import type { AttachRequest, WhyDetached } from "../../monitor/protocol.ts";
import type { Ask } from "./questions.ts";

export interface AttachmentsOptions {
  readonly ask: Ask;
  readonly detached: (attachId: string, why: WhyDetached) => void;
}

export class Attachments {
  readonly #ask: Ask;
  readonly #detached: AttachmentsOptions["detached"];
  /** Asked for; true: it has begun. */
  readonly #begun = new Map<string, boolean>();

  constructor({ ask, detached }: AttachmentsOptions) {
    this.#ask = ask;
    this.#detached = detached;
  }

  async begin(request: AttachRequest): Promise<void> {
    const { attachId } = request;
    const hadIt = this.#begun.has(attachId);
    if (!hadIt) this.#begun.set(attachId, false);
    try {
      await this.#ask({ verb: "attach", ...request }, () => this.#underWay(attachId));
    } catch (error) {
      if (!hadIt) this.#begun.delete(attachId);
      if (error instanceof Overdue) this.#letGo(attachId); // it may begin yet, and would be nobody's
      throw error;
    }
  }

  async end(attachId: string): Promise<void> {
    if (!this.#begun.delete(attachId)) return;
    try {
      await this.#ask({ verb: "detach", attachId });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error; // it has gone with the connection
    }
  }

  /** The monitor's word. */
  hear(attachId: string, why: WhyDetached): void {
    if (this.#begun.delete(attachId)) this.#detached(attachId, why);
  }

  /** The connection has ended, and all copies with it. */
  lost(): void {
    for (const [attachId, begun] of this.#begun) if (begun) this.hear(attachId, "gone");
  }

  #underWay(attachId: string): void {
    if (this.#begun.has(attachId)) this.#begun.set(attachId, true);
  }

  #letGo(attachId: string): void {
    void this.#ask({ verb: "detach", attachId }).catch(() => {});
  }
}
