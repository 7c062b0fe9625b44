/**
 * `exec-sync`: ExecSync of `true` in a running container, as an exec probe does it, one after the other; and
 * `exec-sync/open-loop`, at a rate of their own over 50 pods, whatever the answers take.
 */
import { countCpu } from "../support/cpu.ts";
import { execTableOf } from "../support/phases.ts";
import { ourName } from "../support/results.ts";
import { openLoop } from "../support/open-loop.ts";
import { median } from "../support/statistics.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";

const blocks = 20;
const inBlock = 5;

const oneByOne = async (stage: Stage): Promise<void> => {
  await rounds(stage, blocks, async (system) => {
    const [container_id = ""] = await stage.crowds.gather(system, 1);
    const cpu = countCpu();
    const took: number[] = [];
    for (let i = 0; i < inBlock; i++) {
      const begun = performance.now();
      const { exit_code: code } = await system.client.call("ExecSync", {
        container_id,
        cmd: ["true"],
        timeout: "10",
      });
      took.push(performance.now() - begun);
      if (code !== 0) stage.outcome.faults.push(`${system.name}: exec-sync: true ended with ${code}`);
    }
    stage.record("exec-sync", "ms", system.name, median(took));
    stage.record("exec-sync/cpu", "CPU ms", system.name, cpu() / inBlock);
  });
  const log = stage.systems.find(({ name }) => name === ourName)?.log;
  if (log !== undefined) stage.outcome.findings["Phases of exec-sync"] = execTableOf(log);
};

export const execSync: Case = {
  names: ["exec-sync"],
  run: async (stage) => {
    if (stage.wants("exec-sync/one-by-one")) await oneByOne(stage);
    if (stage.wants("exec-sync/open-loop")) await openLoop(stage);
  },
};
