/**
 * `burst`: 50 pods with a container each, five at a time, from the first call until all run; `teardown`: all of them stopped and
 * removed, five at a time. Milliseconds for the whole.
 */
import { countCpu } from "../support/cpu.ts";
import { Crowds } from "../support/crowd.ts";
import { rounds, type Case } from "../support/stage.ts";

const pods = 50;
const blocks = 5;

const timed = async (work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly cpuMs: number }> => {
  const cpu = countCpu();
  const begun = performance.now();
  await work();
  return { ms: performance.now() - begun, cpuMs: cpu() };
};

export const burst: Case = {
  names: ["burst", "teardown"],
  run: (stage) =>
    rounds(stage, blocks, async (system, round) => {
      const crowd = new Crowds(`burst-${round}`);
      for (const [name, work] of [
        ["burst", () => crowd.gather(system, pods)],
        ["teardown", () => crowd.leave()],
      ] as const) {
        const { ms, cpuMs } = await timed(work);
        stage.record(name, "ms", system.name, ms);
        stage.record(`${name}/cpu`, "CPU ms", system.name, cpuMs);
      }
    }),
};
