import { networkContract } from "../../drivers/cni/network.contract.ts";
import { attachRequest, sandboxId } from "../../drivers/cni/fake-plugins.ts";
import { simulatedNetwork } from "../../../src/fuzz/world/network.ts";
import { eagerNode } from "./quiet-node.ts";

networkContract("the simulated network", {}, async () => {
  const node = eagerNode();
  const network = simulatedNetwork(node);
  await network.watch(() => {});
  let sandboxes = 0;
  return {
    network,
    request: async () => attachRequest({ id: sandboxId(String(++sandboxes)) }),
    again: async () => simulatedNetwork(node),
    close: async () => {},
  };
});
