/** The bound of calls under way. Reads are always let in: a runtime that is busy must still say what it does. */
import { Exhausted } from "../errors.ts";
import type { QueueFigures } from "../vocabulary/index.ts";
import type { MethodName } from "./contract.ts";

const reads: ReadonlySet<MethodName> = new Set<MethodName>([
  "Version",
  "Status",
  "RuntimeConfig",
  "ListPodSandbox",
  "StreamPodSandboxes",
  "PodSandboxStatus",
  "ListContainers",
  "StreamContainers",
  "ContainerStatus",
  "ListImages",
  "StreamImages",
  "ImageStatus",
  "ImageFsInfo",
  // It ends with its client; how many there may be at once is bounded where they are told.
  "GetContainerEvents",
  "ContainerStats",
  "ListContainerStats",
  "StreamContainerStats",
  "PodSandboxStats",
  "ListPodSandboxStats",
  "StreamPodSandboxStats",
  "ListMetricDescriptors",
  "ListPodSandboxMetrics",
  "StreamPodSandboxMetrics",
]);

/** It answers from memory and waits for nothing. */
export const isRead = (method: MethodName): boolean => reads.has(method);

export class Admission {
  readonly #bound: number;
  #underWay = 0;
  #refused = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get queue(): QueueFigures {
    return { length: this.#underWay, bound: this.#bound, refused: this.#refused };
  }

  /** Throws Exhausted over the bound. The answer is to be called once, when the call has ended. */
  enter(method: MethodName): () => void {
    if (isRead(method)) return () => {};
    if (this.#underWay >= this.#bound) {
      this.#refused += 1;
      throw new Exhausted(
        `${method} is refused because ${this.#underWay} calls are under way, which is the bound; ask again when some have ended`,
      );
    }
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
    };
  }
}
