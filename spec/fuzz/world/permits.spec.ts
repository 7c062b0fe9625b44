import { permitsContract } from "../../drivers/permits/permits.contract.ts";
import { simulatedPermits } from "../../../src/fuzz/world/permits.ts";
import { MovingNode } from "./quiet-node.ts";

permitsContract("simulated permits", () => {
  const moving = new MovingNode();
  return {
    permits: simulatedPermits(moving.node),
    turn: () => moving.rest(),
    pass: async (ms) => {
      await moving.rest();
      moving.pass(ms);
      await moving.rest();
    },
    dispose: () => moving.stop(),
  };
});
