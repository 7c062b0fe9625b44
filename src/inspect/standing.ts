/**
 * What a segment of a recording has yet to say of what there is, so that what is older may go: actors, calls that have not
 * ended, clients that wait. A few at a time, for a thousand at once would hold up the event loop.
 */
import type { What } from "./record.ts";

/** As it is when it is asked; nothing where it is not there any more. */
export type Say = () => readonly What[];

export class Standing {
  readonly #owed = new Map<string, Say>();
  #told = true;

  /** A segment begins, and this is what there is. */
  turn(things: Iterable<readonly [name: string, say: Say]>): void {
    this.#owed.clear();
    this.#told = false;
    for (const [name, say] of things) this.#owed.set(name, say);
  }

  /** The next `most` things. */
  owed(most: number): readonly What[] {
    return this.#owed.size === 0 ? [] : [...this.#owed.keys().take(most)].flatMap((name) => this.owedOf(name));
  }

  /** True once in each segment: when nothing is owed any more. */
  isWholeNow(): boolean {
    if (this.#told || this.#owed.size > 0) return false;
    this.#told = true;
    return true;
  }

  /** What of this thing is owed: before it changes, for what changes is understood by where it was. */
  owedOf(name: string): readonly What[] {
    const say = this.#owed.get(name);
    this.#owed.delete(name);
    return say?.() ?? [];
  }
}
