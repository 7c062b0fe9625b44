/**
 * `node-memory`: what a node pays for its runtime with so many running pods, after two minutes of a kubelet's questions: lists
 * each second, stats each ten (where all systems answer them). PSS of the daemon and whatever stays beside it, MiB.
 */
import { setTimeout as pause } from "node:timers/promises";
import { memoryOf, type Memory } from "../support/processes.ts";
import type { Case, Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const seconds = 120;
const statsEach = 10;
/** At the end, a second apart: a garbage collector's heap goes up and down. */
const looks = 5;

const total = (system: System): number => memoryOf(Object.values(system.processes()).flat()).pss;

/** Whether a system answers for its containers' stats; if one does not, none is asked. */
const answersStats = async (systems: readonly System[]): Promise<boolean> => {
  const asked = systems.map(({ client }) =>
    client.call("ListContainerStats", {}).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(asked)).every(Boolean);
};

const row = (system: string, part: string, count: number, { pss, anonymous, file, own }: Memory): string =>
  `| ${[system, part, count, ...[pss, anonymous, file, own].map((value) => value.toFixed(1))].join(" | ")} |`;

const breakdown = (systems: readonly System[]): string =>
  [
    "| system | part | processes | PSS | of it anonymous | of it files | private |",
    "|---|---|--:|--:|--:|--:|--:|",
    ...systems.flatMap((system) =>
      Object.entries(system.processes()).map(([part, pids]) => row(system.name, part, pids.length, memoryOf(pids))),
    ),
  ].join("\n");

const measure = async (stage: Stage, name: string, pods: number): Promise<void> => {
  const { systems } = stage;
  for (const system of systems) await stage.crowds.gather(system, pods);
  const stats = await answersStats(systems);
  for (let second = 0; second < seconds; second++) {
    const next = pause(1000);
    for (const { client } of systems) {
      await client.call("ListPodSandbox", {});
      await client.call("ListContainers", {});
      if (stats && second % statsEach === 0) await client.call("ListContainerStats", {});
    }
    await next;
  }
  for (let look = 0; look < looks; look++) {
    for (const system of systems) stage.record(name, "MiB", system.name, total(system));
    await pause(1000);
  }
  stage.outcome.findings[`Memory with ${pods} pods, MiB`] =
    `${breakdown(systems)}\n\nAfter ${seconds} s of lists each second${stats ? ` and stats each ${statsEach}` : "; stats were not asked for, as not every system answers them"}.`;
};

export const nodeMemory: Case = {
  names: ["node-memory"],
  run: async (stage) => {
    await measure(stage, "node-memory", 50);
    if (stage.full) await measure(stage, "node-memory/110", 110);
  },
};
