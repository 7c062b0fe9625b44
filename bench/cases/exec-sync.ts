/** `exec-sync`: ExecSync of `true` in a running container, as an exec probe does it. */
import { countCpu } from "../support/cpu.ts";
import { median } from "../support/statistics.ts";
import { rounds, type Case } from "../support/stage.ts";

const blocks = 20;
const inBlock = 5;

export const execSync: Case = {
  names: ["exec-sync"],
  run: async (stage) => {
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
  },
};
