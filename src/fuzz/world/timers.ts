/** The one clock of a simulated world, and what waits on it. Time passes only when the schedule lets the next timer fire. */
export interface Timer {
  readonly at: number;
  readonly armedAt: number;
  /** The life of the daemon (or monitor) that armed it: with it the timer goes. */
  readonly life: number;
  readonly work: () => void;
}

/** Waits for a moment so far off are waits for something else. */
export const FAR = 1e12;

export class Timers {
  /** Milliseconds of this boot. */
  now = 1_000;
  readonly #armed: Timer[] = [];

  set(work: () => void, ms: number, life: number): Timer {
    const timer = { at: this.now + Math.max(0, ms), armedAt: this.now, life, work };
    // Kept in order of time, equal ones in order of arming.
    let place = this.#armed.length;
    while (place > 0 && (this.#armed[place - 1] as Timer).at > timer.at) place--;
    this.#armed.splice(place, 0, timer);
    return timer;
  }

  clear(timer: unknown): void {
    const place = this.#armed.indexOf(timer as Timer);
    if (place >= 0) this.#armed.splice(place, 1);
  }

  /** Something is to happen then, or had been to before now; so far off that nobody arms it counts as armed. */
  isArmed(at: number): boolean {
    return at > FAR || this.#armed.some((timer) => timer.at === Math.max(at, timer.armedAt));
  }

  get next(): Timer | undefined {
    return this.#armed[0];
  }

  /** Goes to the next timer's moment and fires it. */
  fire(): void {
    const timer = this.#armed.shift();
    if (!timer) return;
    this.now = Math.max(this.now, timer.at);
    timer.work();
  }

  /** Whoever armed them has died. */
  drop(life: number): void {
    for (let place = this.#armed.length - 1; place >= 0; place--)
      if (this.#armed[place]?.life === life) this.#armed.splice(place, 1);
  }
}
