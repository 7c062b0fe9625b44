/** What was asked of a log thread and is not answered yet. A thread may die, and answer nothing any more. */
import type { Failure } from "../../errors.ts";

interface Question {
  readonly answer: (failure?: Failure) => void;
  /** What the death of the thread says to it; absent: nothing, it waits for the next one. */
  readonly atDeath: (() => void) | undefined;
}

export class Questions {
  readonly #open = new Map<number, Question>();
  #number = 0;

  /** `send` is given the number to be answered to. Resolves with the failure that was answered, or none. */
  ask(send: (number: number) => void, atDeath?: { readonly failure?: Failure }): Promise<Failure | undefined> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      const answer = (failure?: Failure): void => {
        this.#open.delete(number);
        resolve(failure);
      };
      this.#open.set(number, { answer, atDeath: atDeath && (() => answer(atDeath.failure)) });
      send(number);
    });
  }

  /** As `ask`; true: there was an answer within `boundMs`. */
  async askWithin(boundMs: number, send: (number: number) => void): Promise<boolean> {
    let asked = 0;
    const answered = this.ask((number) => send((asked = number))).then(() => true);
    const bound = Promise.withResolvers<boolean>();
    const timer = setTimeout(bound.resolve, boundMs, false);
    const inTime = await Promise.race([answered, bound.promise]);
    clearTimeout(timer);
    this.#open.delete(asked);
    return inTime;
  }

  /** To a number that nobody waits for any more: nothing. */
  answer(number: number, failure?: Failure): void {
    this.#open.get(number)?.answer(failure);
  }

  /** The thread is no more. */
  died(): void {
    for (const { atDeath } of this.#open.values()) atDeath?.();
  }
}
