/**
 * When a loop counts as stuck, and when that is told. Of times only, in milliseconds of one clock.
 *
 * The loop notes each `turnMs` that it turns. How late that note is, is how long it has stood still, at least.
 */

export interface News {
  readonly ms: number;
  readonly over: boolean;
}

export interface Looked {
  readonly news?: News;
  /** After so long it is to be looked at again. */
  readonly nextMs: number;
}

export interface LoopWatchOptions {
  readonly stallMs: number;
  readonly turnMs: number;
}

/** A stall that lasts is told again after so long. */
const AGAIN_MS = [10_000, 60_000];
/** While one lasts, for its end. */
const END_MS = 50;

interface Standing {
  /** The last turn before it. */
  readonly turned: number;
  /** When the next one should have been. */
  readonly due: number;
  again: readonly number[];
}

export class LoopWatch {
  readonly #options: LoopWatchOptions;
  /** When we meant to look again. */
  #meant: number;
  /** Lateness before this does not count. */
  #from: number;
  #standing: Standing | undefined;

  constructor(options: LoopWatchOptions, now: number) {
    this.#options = options;
    this.#meant = now;
    this.#from = now;
  }

  get isStuck(): boolean {
    return this.#standing !== undefined;
  }

  /** The loop has turned last at `turned`. */
  look(now: number, turned: number): Looked {
    const looked = this.#standing ? this.#whetherOver(this.#standing, now, turned) : this.#whetherStuck(now, turned);
    this.#meant = now + looked.nextMs;
    return looked;
  }

  #whetherStuck(now: number, turned: number): Looked {
    const { stallMs, turnMs } = this.#options;
    // Where we are as late ourselves the process was stopped, or the host had nothing to spare: it is not the loop's doing.
    if (now - this.#meant > stallMs / 2) this.#from = now;
    const due = Math.max(turned + turnMs, this.#from);
    if (now < due + stallMs) return { nextMs: due + stallMs - now };
    this.#standing = { turned, due, again: AGAIN_MS.filter((ms) => ms > stallMs) };
    return { news: { ms: now - due, over: false }, nextMs: END_MS };
  }

  #whetherOver(standing: Standing, now: number, turned: number): Looked {
    const { stallMs, turnMs } = this.#options;
    if (turned > standing.turned) {
      this.#standing = undefined;
      return { news: { ms: turned - standing.due, over: true }, nextMs: turnMs + stallMs };
    }
    const ms = now - standing.due;
    const rest = standing.again.filter((after) => after > ms);
    if (rest.length === standing.again.length) return { nextMs: END_MS };
    standing.again = rest;
    return { news: { ms, over: false }, nextMs: END_MS };
  }
}
