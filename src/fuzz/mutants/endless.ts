/** Actors that answer each other without end would hold up a schedule for ever: after so many events in one step they throw. */
import type { AnyActorLogic } from "xstate";

const MOST_EVENTS = 20_000;

export class Endless extends Error {}

/** Counts the events of one step. */
export class Patience {
  #events = 0;

  /** The logic, under this count. */
  over(logic: AnyActorLogic): AnyActorLogic {
    const bounded = Object.create(logic) as AnyActorLogic;
    bounded.transition = (snapshot, event, scope) => {
      if (++this.#events > MOST_EVENTS) throw new Endless("the actors answer each other without end");
      return logic.transition(snapshot, event, scope);
    };
    return bounded;
  }

  /** The step has ended. */
  renew(): void {
    const events = this.#events;
    this.#events = 0;
    if (events > MOST_EVENTS) throw new Endless("the actors answer each other without end");
  }
}
