/** Whose processes a simulated client's containers join, where the pod is of that kind: those of one that runs. */
import type { ContainerView } from "../vocabulary/index.ts";
import type { PodShape } from "./configs.ts";

export class Targets {
  readonly #pod: PodShape;
  /** By attempt: a call that is repeated says the same. */
  readonly #chosen = new Map<string, string | undefined>();

  constructor(pod: PodShape) {
    this.#pod = pod;
  }

  of(sandboxId: string, attempt: string, containers: readonly ContainerView[]): string | undefined {
    if (this.#pod.targets !== true) return undefined;
    const key = `${sandboxId} ${attempt}`;
    const runs = (view: ContainerView): boolean => view.sandboxId === sandboxId && view.state === "running";
    if (!this.#chosen.has(key)) this.#chosen.set(key, containers.find(runs)?.id);
    return this.#chosen.get(key);
  }
}
