/**
 * One reader of events, and what waits for it. It is never waited for: who is too far behind is cut off and told, and finds
 * in the lists what it has missed.
 */
import { Exhausted, type TroupeError } from "../errors.ts";
import type { PodEvent } from "./runtime.ts";

export interface SubscriberOptions {
  /** Who it is, for people. */
  readonly name: string;
  /** Events that may wait for it. */
  readonly bound: number;
  /** Aborted when its client has gone. */
  readonly signal: AbortSignal;
  /** It gets nothing more; with the sentence where it was cut off. Called once. */
  over(cutOff?: string): void;
}

type Step = IteratorResult<PodEvent, undefined>;
const END: Step = { done: true, value: undefined };

/** Events in their order, one reader at a time. */
export class Subscriber implements AsyncIterableIterator<PodEvent, undefined> {
  readonly #options: SubscriberOptions;
  readonly #leave = (): void => this.#finish();
  #queue: PodEvent[] = [];
  #waiting: PromiseWithResolvers<Step> | undefined;
  #failure: TroupeError | undefined;
  #over = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    if (options.signal.aborted) this.#over = true;
    else options.signal.addEventListener("abort", this.#leave, { once: true });
  }

  /** Events that wait for it. */
  get behind(): number {
    return this.#queue.length;
  }

  push(event: PodEvent): void {
    if (this.#over) return;
    if (this.#waiting) {
      this.#waiting.resolve({ done: false, value: event });
      this.#waiting = undefined;
    } else if (this.#queue.push(event) > this.#options.bound) this.#cutOff();
  }

  #cutOff(): void {
    const { name, bound } = this.#options;
    const text = `${name} is cut off: it is ${this.#queue.length} events behind, more than the ${bound} that may wait for it; list all, and subscribe again`;
    this.#queue = [];
    this.end(new Exhausted(text), text);
  }

  /** What waits is still read, then comes `failure`. */
  end(failure: TroupeError, cutOff?: string): void {
    if (this.#over) return;
    this.#failure = failure;
    this.#waiting?.reject(failure);
    this.#finish(cutOff);
  }

  #finish(cutOff?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.signal.removeEventListener("abort", this.#leave);
    this.#waiting?.resolve(END);
    this.#waiting = undefined;
    this.#options.over(cutOff);
  }

  next(): Promise<Step> {
    const event = this.#queue.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#over) return Promise.resolve(END);
    return (this.#waiting ??= Promise.withResolvers<Step>()).promise;
  }

  return(): Promise<Step> {
    this.#queue = [];
    this.#finish();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
