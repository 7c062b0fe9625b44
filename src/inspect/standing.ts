/**
 * What there is at this moment, and how to say it: actors, calls that have not ended, clients that wait. Each segment of a
 * recording says all of it anew, so that what is older may go; a few at a time, for a thousand at once would hold up the
 * event loop.
 */
import type { What } from "./record.ts";

type Say = () => readonly What[];

export class Standing {
  readonly #things = new Map<string, Say>();
  /** What this segment has not said yet. */
  #owed = new Set<string>();
  #told = true;

  /** It is there, and was said just now. */
  set(name: string, say: Say): void {
    this.#things.set(name, say);
    this.#owed.delete(name);
  }

  delete(name: string): void {
    this.#things.delete(name);
    this.#owed.delete(name);
  }

  /** A segment begins. */
  turn(): void {
    this.#owed = new Set(this.#things.keys());
    this.#told = false;
  }

  /** The next `most` things of those that are owed. */
  owed(most: number): readonly What[] {
    return [...this.#owed.values().take(most)].flatMap((name) => this.owedOf(name));
  }

  /** True once in each segment: when nothing is owed any more. */
  isWholeNow(): boolean {
    if (this.#told || this.#owed.size > 0) return false;
    this.#told = true;
    return true;
  }

  /** What of this thing is owed: before it changes, for what changes is understood by where it was. */
  owedOf(name: string): readonly What[] {
    return this.#owed.delete(name) ? (this.#things.get(name)?.() ?? []) : [];
  }
}
