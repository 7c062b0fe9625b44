/**
 * Makes the tape of a finding smaller for as long as the same kind of finding comes: first steps go, in chunks that get
 * smaller, then single choices become plainer. 0 is the plainest choice, and what is missing reads as 0.
 */
import type { Tape } from "./choices.ts";

/** A finding without what differs from run to run: ids, numbers, and the list of what was left behind. */
export const kindOfFinding = (finding: string): string =>
  finding
    .replace(/^left behind: .*/s, "left behind")
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\d+/g, "N")
    .replace(/\b(container|of container) [abc]\b/g, "$1 X");

/** Runs a tape; its first finding, if any. */
export type Rehearsal = (tape: Tape) => Promise<string | undefined>;

const withoutEnd = (tape: Tape): Tape => {
  const plain = (step: readonly number[]): boolean => step.every((choice) => choice === 0);
  return tape.slice(0, tape.findLastIndex((step) => !plain(step)) + 1);
};

export class Shrinker {
  readonly #rehearse: Rehearsal;
  readonly #kind: string;
  #best: Tape;
  #runsLeft: number;

  /** `most`: how many runs it may take. */
  constructor(tape: Tape, kind: string, rehearse: Rehearsal, most: number) {
    this.#best = tape;
    this.#kind = kind;
    this.#rehearse = rehearse;
    this.#runsLeft = most;
  }

  async shrink(): Promise<Tape> {
    await this.#keep(withoutEnd(this.#best));
    let before: number;
    do {
      before = this.#best.length;
      await this.#dropSteps();
    } while (this.#best.length < before && this.#runsLeft > 0);
    await this.#plainSteps();
    await this.#plainChoices();
    return this.#best;
  }

  /** True where the smaller tape shows the same, and is the best from now on. */
  async #keep(tape: Tape): Promise<boolean> {
    if (this.#runsLeft <= 0) return false;
    this.#runsLeft--;
    const finding = await this.#rehearse(tape);
    if (finding === undefined || kindOfFinding(finding) !== this.#kind) return false;
    this.#best = tape;
    return true;
  }

  /** The first step draws what the schedule is like; it stays. */
  async #dropSteps(): Promise<void> {
    for (let size = this.#best.length >> 1; size >= 1; size >>= 1)
      for (let at = this.#best.length - size; at >= 1; at -= size)
        await this.#keep([...this.#best.slice(0, at), ...this.#best.slice(at + size)]);
  }

  async #plainSteps(): Promise<void> {
    for (let at = this.#best.length - 1; at >= 0; at--)
      if (this.#best[at]?.some((choice) => choice !== 0)) await this.#keep(this.#best.with(at, []));
  }

  async #plainChoices(): Promise<void> {
    for (let at = 0; at < this.#best.length; at++)
      for (let n = 0; n < (this.#best[at]?.length ?? 0); n++) {
        const step = this.#best[at] ?? [];
        const choice = step[n] ?? 0;
        if (choice === 0) continue;
        if (!(await this.#keep(this.#best.with(at, step.with(n, 0)))))
          await this.#keep(this.#best.with(at, step.with(n, choice >> 1)));
      }
    await this.#keep(withoutEnd(this.#best));
  }
}
