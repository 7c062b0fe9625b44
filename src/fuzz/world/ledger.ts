/** What exists on a simulated node, each thing under its kind and the id of the object that it was made for. */
export class Ledger {
  readonly #things = new Set<string>();

  put(kind: string, id: string): void {
    this.#things.add(`${kind} ${id}`);
  }
  drop(kind: string, id: string): void {
    this.#things.delete(`${kind} ${id}`);
  }
  has(kind: string, id: string): boolean {
    return this.#things.has(`${kind} ${id}`);
  }
  get size(): number {
    return this.#things.size;
  }
  /** `kind id` of each thing. */
  all(): readonly string[] {
    return [...this.#things];
  }
  /** A reboot: only these kinds are on a disk. */
  keepOnly(kinds: readonly string[]): void {
    for (const thing of this.#things) if (!kinds.includes(thing.split(" ", 1)[0] ?? "")) this.#things.delete(thing);
  }
}
