/** The clock of a fork: it stands still until whoever chooses lets it go on, and then all that was to happen by then happens. */
import type { MonoMs } from "../../vocabulary/index.ts";

interface Moment {
  readonly at: MonoMs;
  readonly work: () => void;
}

/** So far off are waits for something else, which arm nothing. */
const FAR: MonoMs = 1e12;

export class Moments {
  now: MonoMs;
  readonly #armed: Moment[] = [];

  constructor(now: MonoMs) {
    this.now = now;
  }

  set(work: () => void, ms: number): unknown {
    const moment: Moment = { at: this.now + Math.max(0, ms), work };
    // In order of time, equal ones in order of arming.
    const place = this.#armed.findIndex(({ at }) => at > moment.at);
    if (moment.at < FAR) this.#armed.splice(place < 0 ? this.#armed.length : place, 0, moment);
    return moment;
  }

  clear(moment: unknown): void {
    const place = this.#armed.indexOf(moment as Moment);
    if (place >= 0) this.#armed.splice(place, 1);
  }

  /** What comes due on the way comes in its order. */
  goTo(moment: MonoMs): void {
    for (let [next] = this.#armed; next && next.at <= moment; [next] = this.#armed) {
      this.#armed.shift();
      this.now = Math.max(this.now, next.at);
      next.work();
    }
    this.now = Math.max(this.now, moment);
  }
}
