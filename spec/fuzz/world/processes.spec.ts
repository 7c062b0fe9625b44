import { processesContract } from "../../composition/processes.contract.ts";
import { simulatedProcesses } from "../../../src/fuzz/world/processes.ts";
import { MovingNode } from "./quiet-node.ts";

processesContract("simulated processes", () => {
  const moving = new MovingNode();
  const { kernel } = moving.node;
  let count = 0;
  return {
    processes: simulatedProcesses(moving.node),
    begin: async () => {
      const object = `p${++count}`;
      const { name } = kernel.spawn({ object, kind: "exec", container: object, parent: 0, deaf: true, stuck: false });
      return {
        name,
        get reaped() {
          return moving.rest();
        },
      };
    },
    dispose: () => moving.stop(),
  };
});
