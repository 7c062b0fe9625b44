/**
 * How much connections may move in one turn of the event loop, each and all of them together: a peer on loopback can keep a
 * socket readable and writable for as long as one likes to go on with it, and everybody else waits meanwhile.
 *
 * Who has used up its share goes on in a later turn. Of those no more are let on at once than the next turn has room for,
 * in the order in which they came: twenty that each take their share would be a long turn, too.
 */
const BYTES = 128 << 10;
const ALL_BYTES = 512 << 10;
/** What somebody who goes on moves at least: one read of a pipe or socket. */
const MOVE_BYTES = 64 << 10;

class Loop {
  turn = 0;
  left = ALL_BYTES;
  #ending = false;
  #waiting: (() => void)[] = [];

  wait(callback: () => void): void {
    this.#waiting.push(callback);
    this.watch();
  }

  watch(): void {
    if (this.#ending) return;
    this.#ending = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    this.turn++;
    this.left = ALL_BYTES;
    this.#ending = false;
    const next = this.#waiting.splice(0, ALL_BYTES / MOVE_BYTES);
    if (this.#waiting.length > 0) this.watch();
    for (const callback of next) callback();
  }
}

/** Of this thread, as its event loop. */
const loop = new Loop();

export class Turn {
  #left = BYTES;
  #turn = loop.turn;

  /** Counts `bytes`; false when the turn's share is used up. */
  spend(bytes: number): boolean {
    if (this.#turn !== loop.turn) {
      this.#turn = loop.turn;
      this.#left = BYTES;
    }
    this.#left -= bytes;
    loop.left -= bytes;
    loop.watch();
    return this.#left > 0 && loop.left > 0;
  }

  /** Calls back in a later turn. */
  next(callback: () => void): void {
    loop.wait(callback);
  }
}
