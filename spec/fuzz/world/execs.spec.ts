import { execOutputsContract } from "../../drivers/execs/exec-outputs.contract.ts";
import { simulatedExecs } from "../../../src/fuzz/world/execs.ts";
import { eagerNode } from "./quiet-node.ts";

execOutputsContract("the output of a simulated exec", () => {
  const node = eagerNode();
  return {
    outputs: simulatedExecs(node),
    again: () => simulatedExecs(node),
    begin: () => () => {},
    left: () => node.ledger.all().map((thing) => thing.slice("exec-fifos ".length)),
    dispose: () => {},
  };
});
