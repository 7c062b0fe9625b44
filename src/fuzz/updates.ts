/** Updates of a container's limits by a simulated client, and what their answers promise. */
import type { Runtime } from "../supervisors/runtime.ts";
import type { ContainerView, Resources } from "../vocabulary/index.ts";
import type { Questions } from "./questions.ts";
import type { Wishes } from "./wishes.ts";

export interface UpdatesOptions {
  readonly questions: Questions;
  readonly wishes: Wishes;
  readonly runtime: () => Runtime;
  readonly expect: (holds: boolean, promise: string) => void;
}

const nothing: Resources = {
  ...{ cpuPeriod: 0, cpuQuota: 0, cpuShares: 0, memoryLimitBytes: 0, memorySwapLimitBytes: 0, oomScoreAdj: 0 },
  ...{ cpusetCpus: "", cpusetMems: "", hugepageLimits: [], unified: {} },
};

export class Updates {
  readonly #options: UpdatesOptions;
  /** Each asks for something else than the one before. */
  #asked = 0;

  constructor(options: UpdatesOptions) {
    this.#options = options;
  }

  ask({ id, sandboxId, config }: ContainerView): boolean {
    const { questions, wishes, runtime, expect } = this.#options;
    const limit = ++this.#asked;
    return questions.put({
      what: "UpdateContainerResources",
      about: `${config.name} to ${limit}`,
      ask: (caller) => runtime().updateContainer(id, { ...nothing, memoryLimitBytes: limit }, caller),
      ok: () => {
        const view = runtime()
          .containers()
          .find((one) => one.id === id);
        const isGone = !view || view.state === "exited" || wishes.isUnwanted(id) || wishes.isUnwanted(sandboxId);
        expect(
          isGone || view.resources.memoryLimitBytes === limit,
          `UpdateContainerResources to ${limit} answered, and the status tells of ${view?.resources.memoryLimitBytes}`,
        );
      },
    });
  }
}
