/** Whether a mutant is seen: schedules are run over it until one has something to say that it does not say of the sound daemon. */
import { Schedule } from "../schedule.ts";
import type { Stage } from "../stage.ts";
import type { Watcher } from "../watcher.ts";
import { Endless, Patience } from "./endless.ts";
import { stageOf, type Mutant } from "./mutant.ts";
import { Reach } from "./reach.ts";

export interface Verdict {
  readonly mutant: Mutant;
  /** The schedule that saw it; 0: it could not be built. Of a survivor, the last one. */
  readonly seed: number;
  /** What was seen; undefined: it survives. */
  readonly finding: string | undefined;
  /** How many schedules came to where it is wrong. */
  readonly reached: number;
}

/** So many schedules are run over the sound daemon at first; then half as many again as are known. */
const FIRST_STRIDE = 20;

export class Judge {
  readonly #tick: () => Promise<void>;
  readonly #patience = new Patience();
  readonly #reach = new Reach();
  readonly #sound: Stage = stageOf({}, (kind, logic) => this.#reach.over(kind, logic));
  /** Schedules that find something in the sound daemon, and what: they say nothing about a mutant. */
  readonly #useless = new Map<number, string>();
  /** How many mutants each schedule has killed: one that has seen much is likely to see more. */
  readonly #kills = new Map<number, number>();
  #known = 0;

  constructor(tick: () => Promise<void>) {
    this.#tick = tick;
  }

  /** What a schedule finds first. */
  async #run(stage: Stage, seed: number, watcher: Watcher): Promise<string | undefined> {
    const tick = (): Promise<void> => {
      this.#patience.renew();
      return this.#tick();
    };
    try {
      const { findings } = await new Schedule({ source: { seed }, stage, watcher, tick }).run();
      return findings[0];
    } catch (error) {
      // What goes wrong outside of all actors ends the schedule.
      return error instanceof Endless ? error.message : `thrown: ${String(error)}`;
    }
  }

  /** Learns where the schedules up to this one come. */
  async #learn(upTo: number): Promise<void> {
    const watcher: Watcher = {
      moved: ({ actor, to }) => this.#reach.moved(actor, to),
      took: (actor, transitions) => this.#reach.took(actor, transitions),
      crashed: (actor) => this.#reach.crashed(actor),
    };
    while (this.#known < upTo) {
      const seed = ++this.#known;
      this.#reach.begin(seed);
      const finding = await this.#run(this.#sound, seed, watcher);
      if (finding !== undefined) this.#useless.set(seed, finding);
    }
  }

  /** What the schedules up to this one find in the sound daemon: it is to be nothing. */
  async unsound(upTo: number): Promise<readonly string[]> {
    await this.#learn(upTo);
    return [...this.#useless].filter(([seed]) => seed <= upTo).map(([seed, finding]) => `seed ${seed}: ${finding}`);
  }

  /** Of the schedules from `from` to `to` those that come to where it is wrong, the likeliest to see it first. */
  #candidates({ places }: Mutant, from: number, to: number): readonly number[] {
    const all = Array.from({ length: to - from + 1 }, (_, n) => from + n);
    const coming = places ? this.#reach.between(from, to, places) : all;
    const killsOf = (seed: number): number => this.#kills.get(seed) ?? 0;
    return coming
      .filter((seed) => !this.#useless.has(seed))
      .toSorted((one, other) => killsOf(other) - killsOf(one) || one - other);
  }

  /** Runs the schedules from 1 to `most` that come to where it is wrong, at most `patience` of them, and stops at the first that sees it. */
  async judge(mutant: Mutant, most: number, patience: number = most): Promise<Verdict> {
    let stage: Stage;
    try {
      stage = stageOf(mutant, (_, logic) => this.#patience.over(logic));
    } catch (error) {
      return { mutant, seed: 0, finding: String(error), reached: 0 };
    }
    let reached = 0;
    for (let [from, to] = [1, Math.min(most, FIRST_STRIDE)]; from <= most;) {
      await this.#learn(to);
      for (const seed of this.#candidates(mutant, from, to)) {
        if (reached === patience) return { mutant, seed, finding: undefined, reached };
        reached++;
        const finding = await this.#run(stage, seed, {});
        if (finding === undefined) continue;
        this.#kills.set(seed, (this.#kills.get(seed) ?? 0) + 1);
        return { mutant, seed, finding, reached };
      }
      [from, to] = [to + 1, Math.min(most, to + Math.ceil(to / 2))];
    }
    return { mutant, seed: most, finding: undefined, reached };
  }
}
