/** Choices that somebody makes on purpose, one move at a time, in the order in which the move draws them. */
import { Choices } from "../choices.ts";

/** What is chosen in one move; what is not said is chosen as plain as can be. */
export interface Wish {
  readonly chances?: readonly boolean[];
  readonly numbers?: readonly number[];
  /** Of things with weights: which. */
  readonly weights?: readonly number[];
  /** Of several things the one that this is true of, and else by number. */
  readonly wants?: (item: unknown) => boolean;
}

export class Directed extends Choices {
  readonly #hand: { value: number };
  #chances: boolean[] = [];
  #numbers: number[] = [];
  #weights: number[] = [];
  #wants: Wish["wants"];
  #isDecided = false;

  /** `first`: of the schedule itself. */
  constructor(first: Wish) {
    const hand = { value: 0 };
    super({ draw: () => hand.value });
    this.#hand = hand;
    this.wish(first);
  }

  wish({ chances = [], numbers = [], weights = [], wants }: Wish): void {
    this.#chances = [...chances];
    this.#numbers = [...numbers];
    this.#weights = [...weights];
    this.#wants = wants;
  }

  #decided(value: number, draw: () => number): number {
    this.#hand.value = value;
    this.#isDecided = true;
    const drawn = draw();
    this.#isDecided = false;
    return drawn;
  }

  override below(n: number): number {
    if (n > 1 && !this.#isDecided) this.#hand.value = this.#numbers.shift() ?? 0;
    return super.below(n);
  }

  override chance(permille: number): boolean {
    if (permille <= 0) return false;
    const yes = this.#chances.shift() ?? false;
    return this.#decided(yes ? 999 : 0, () => (super.chance(permille) ? 1 : 0)) === 1;
  }

  override pick<Item>(items: readonly Item[]): Item {
    const wanted = this.#wants ? items.findIndex(this.#wants) : -1;
    if (wanted < 0) return super.pick(items);
    return items[this.#decided(wanted, () => super.below(items.length))] as Item;
  }

  override weighted(weights: readonly number[]): number {
    const which = this.#weights.shift() ?? 0;
    const before = weights.slice(0, which).reduce((sum, weight) => sum + weight, 0);
    return this.#decided(before, () => super.weighted(weights));
  }
}
