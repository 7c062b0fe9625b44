/** Where everything that the monitor hears comes together: one input at a time, run to completion. */
import type { Effect, Input, MonitorState } from "./bookkeeping.ts";
import { initialState, reduce } from "./reducer.ts";

export class Mailbox {
  readonly #perform: (effect: Effect) => void;
  readonly #inputs: Input[] = [];
  #state: MonitorState;
  #busy = false;

  constructor(perform: (effect: Effect) => void, { stays }: Pick<MonitorState, "stays">) {
    this.#perform = perform;
    this.#state = { ...initialState, stays };
  }

  /** What comes of an effect waits for its turn. */
  take(input: Input): void {
    this.#inputs.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        const [state, effects] = reduce(this.#state, next);
        this.#state = state;
        for (const effect of effects) this.#perform(effect);
      }
      this.#busy = false;
    } catch (error) {
      // A half-performed step is a defect, and only a successor, from the records, knows what is true: this process ends.
      setImmediate(() => {
        throw error;
      });
    }
  }
}
