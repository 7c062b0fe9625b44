/**
 * Where every choice of a schedule comes from: a seeded generator, or the tape of an earlier run. Choices are recorded step
 * by step, so that a finding can be made smaller by leaving steps out; 0 is always the plainest choice.
 */
export type Tape = readonly (readonly number[])[];

/** mulberry32: small, quick, and the same everywhere. */
const generator = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
};

export class Choices {
  /** What was chosen so far. */
  readonly tape: number[][] = [];
  readonly #draw: (() => number) | undefined;
  readonly #given: Tape | undefined;
  #step: number[] = [];
  #givenStep: readonly number[] = [];
  #count = 0;

  constructor(source: { readonly seed: number } | { readonly tape: Tape } | { readonly draw: () => number }) {
    if ("seed" in source) this.#draw = generator(source.seed);
    else if ("draw" in source) this.#draw = source.draw;
    else this.#given = source.tape;
  }

  /** How many choices were made. */
  get count(): number {
    return this.#count;
  }

  /** The next step begins. False: the tape has ended; from here on everything is chosen as plain as can be. */
  begin(): boolean {
    const left = !this.#given || this.tape.length < this.#given.length;
    this.#givenStep = this.#given?.[this.tape.length] ?? [];
    this.#step = [];
    this.tape.push(this.#step);
    return left;
  }

  /** One of 0 … `n` − 1. */
  below(n: number): number {
    if (n <= 1) return 0;
    this.#count++;
    const drawn = this.#draw ? this.#draw() % n : (this.#givenStep[this.#step.length] ?? 0) % n;
    this.#step.push(drawn);
    return drawn;
  }

  /** True `permille` times of a thousand. */
  chance(permille: number): boolean {
    return permille > 0 && this.below(1000) >= 1000 - permille;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** An index, each with its weight. */
  weighted(weights: readonly number[]): number {
    let left = this.below(weights.reduce((sum, weight) => sum + weight, 0));
    return weights.findIndex((weight) => (left -= weight) < 0);
  }
}
