/** What the layers of one image may take together, while several of them are written at a time. */
import type { LayerLimits } from "./layer-work.ts";

export class UnpackBudget {
  readonly #limits: LayerLimits;
  /** By layer. */
  readonly #spent = new Map<string, { bytes: number; inodes: number }>();

  constructor(limits: LayerLimits) {
    this.#limits = limits;
  }

  /** The limits of one layer, which fall as the others take. What it took when it was begun before counts no more. */
  of(layer: string): LayerLimits {
    const own = { bytes: 0, inodes: 0 };
    this.#spent.set(layer, own);
    const left = (what: "bytes" | "inodes"): number =>
      [...this.#spent.values()].reduce(
        (rest, spent) => (spent === own ? rest : rest - spent[what]),
        this.#limits[what],
      );
    return {
      get bytes() {
        return left("bytes");
      },
      get inodes() {
        return left("inodes");
      },
      spent: (bytes, inodes) => void Object.assign(own, { bytes, inodes }),
    };
  }
}
