/**
 * How much one connection may move in one turn of the event loop: a peer on loopback can keep a socket readable and
 * writable for as long as one likes to go on with it, and everybody else waits meanwhile.
 */
const BYTES = 128 << 10;

export class Turn {
  #left = BYTES;
  #ending = false;
  #waiting: (() => void)[] = [];

  /** Counts `bytes`; false when the turn's share is used up. */
  spend(bytes: number): boolean {
    this.#left -= bytes;
    this.#watch();
    return this.#left > 0;
  }

  /** Calls back in the next turn. */
  next(callback: () => void): void {
    this.#waiting.push(callback);
    this.#watch();
  }

  #watch(): void {
    if (this.#ending) return;
    this.#ending = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    this.#left = BYTES;
    this.#ending = false;
    for (const callback of this.#waiting.splice(0)) callback();
  }
}
