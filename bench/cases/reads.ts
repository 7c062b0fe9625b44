/**
 * `status`: ContainerStatus of one of 50 running pods' containers; `stats`: ListContainerStats of all. p50, and CPU per call
 * (`…/cpu`).
 */
import { countCpu } from "../support/cpu.ts";
import { median } from "../support/statistics.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const pods = 50;
/** 20 blocks of 50: a thousand calls of each. */
const blocks = 20;
const inBlock = 50;

const measure = async (
  stage: Stage,
  name: string,
  call: (system: System, containers: readonly string[]) => Promise<unknown>,
): Promise<void> => {
  await rounds(stage, blocks, async (system) => {
    const containers = await stage.crowds.gather(system, pods);
    const cpu = countCpu();
    const took: number[] = [];
    for (let i = 0; i < inBlock; i++) {
      const begun = performance.now();
      await call(system, containers);
      took.push(performance.now() - begun);
    }
    stage.record(name, "ms", system.name, median(took));
    stage.record(`${name}/cpu`, "CPU ms", system.name, cpu() / inBlock);
  });
};

export const reads: Case = {
  names: ["status", "stats"],
  run: async (stage) => {
    if (stage.wants("status"))
      await measure(stage, "status", ({ client }, [container_id = ""]) =>
        client.call("ContainerStatus", { container_id }),
      );
    if (stage.wants("stats"))
      await measure(stage, "stats", async ({ client, name }, known) => {
        const { stats } = await client.call("ListContainerStats", {});
        if (stats.filter(({ cpu, memory }) => cpu && memory).length < known.length)
          stage.outcome.faults.push(`${name}: stats: ${stats.length} of ${known.length} containers`);
      });
  },
};
