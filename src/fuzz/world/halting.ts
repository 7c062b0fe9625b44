/** A process that may be stopped for a while: it neither hears nor does anything meanwhile, and keeps all that it has. */
export class Halting {
  alive = true;
  #hangs = false;
  /** What it does when it wakes: alarms that rang meanwhile, programs of its that have ended. */
  readonly #missed: (() => void)[] = [];

  get hangs(): boolean {
    return this.#hangs && this.alive;
  }
  hang(): void {
    this.#hangs = true;
  }
  wake(): void {
    this.#hangs = false;
    for (const work of this.#missed.splice(0)) if (this.alive) work();
  }
  /** Now, or when it wakes; not at all where it dies before. */
  whenAwake(work: () => void): void {
    if (this.hangs) this.#missed.push(work);
    else if (this.alive) work();
  }
}
