/** Changes of a container's limits while it is created or runs. */
import { Invalid, NotAllowed, Unavailable } from "../../errors.ts";
import type { ContainerContext } from "../../machines/container-setup.ts";
import type { Resources } from "../../vocabulary/index.ts";
import { resourcesOf, type Books, type ContainerEntry } from "../books.ts";
import { containerActorId } from "../../vocabulary/actor-ids.ts";
import type { Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import { containerOf } from "./found.ts";

/**
 * What an update leaves: what is given takes the place of what was. No OCI runtime changes oom_score_adj or hugepages of
 * what runs, and kubelets send them along: they stay.
 */
export const updated = (now: Resources, given: Resources): Resources => ({
  ...now,
  cpuPeriod: given.cpuPeriod || now.cpuPeriod,
  cpuQuota: given.cpuQuota || now.cpuQuota,
  cpuShares: given.cpuShares || now.cpuShares,
  memoryLimitBytes: given.memoryLimitBytes || now.memoryLimitBytes,
  memorySwapLimitBytes: given.memorySwapLimitBytes || now.memorySwapLimitBytes,
  cpusetCpus: given.cpusetCpus || now.cpusetCpus,
  cpusetMems: given.cpusetMems || now.cpusetMems,
  unified: { ...now.unified, ...given.unified },
});

/** Throws Invalid for limits that no kernel can have together. */
const checkTogether = ({ memoryLimitBytes: memory, memorySwapLimitBytes: swap }: Resources, what: string): void => {
  if (swap > 0 && memory > swap)
    throw new Invalid(
      `${what}: memory and swap together are limited to ${swap} bytes, and memory alone to ${memory}; give both`,
    );
  if (swap > 0 && memory < 0)
    throw new Invalid(
      `${what}: memory and swap together are limited to ${swap} bytes, and memory alone is not; give both`,
    );
};

type UpdateCalls = Pick<Runtime, "updateContainer">;

export const updateCalls = (system: System, books: Books, services: Services): UpdateCalls => {
  /** What is in force: of an update whose end could not be recorded, the actor knows. */
  const inForce = (entry: ContainerEntry): Resources => {
    const actor = system.find(containerActorId(entry.id))?.getSnapshot() as { context: ContainerContext } | undefined;
    const isUnrecorded = entry.memo?.phase === "updating" && actor?.context.limits === "changed";
    return (isUnrecorded && entry.change?.to) || resourcesOf(entry);
  };

  const checkState = (actor: string, what: string): void => {
    const state = system.stateOf(actor);
    if (state === "created" || state === "running") return;
    if (state === undefined) throw new Unavailable(`${what}: ${actor} is being started again; ask again`);
    if (/^(updating|checkpointing|starting|resuming)/.test(state))
      throw new Unavailable(`${what}: ${actor} is ${state}; ask again when that is over`);
    throw new NotAllowed(`${what}: ${actor} is ${state}, and limits are for what is created or runs`);
  };

  return {
    updateContainer(id, given, caller) {
      const view = containerOf(books, id);
      const what = `UpdateContainerResources of ${view.config.name}`;
      const actor = containerActorId(view.id);
      checkState(actor, what);
      const entry = books.containers.entry(view.id);
      if (!entry) throw new Unavailable(`${what}: it is about to be forgotten`);
      const now = inForce(entry);
      const to = updated(now, given);
      checkTogether(to, what);
      const change = { from: services.checkLimits(entry, now, to), to };
      // Recorded with the intent, which is the next that happens to this container.
      books.containers.change(view.id, { resources: now, change });
      return system.command(actor, { type: "update", at: system.door.now() }, what, caller);
    },
  };
};
