import { bundlesContract } from "../../drivers/oci/bundles.contract.ts";
import { bundleRequest } from "../../drivers/oci/support/builders.ts";
import { simulatedBundles, simulatedInfraBundles } from "../../../src/fuzz/world/files.ts";
import { eagerNode } from "./quiet-node.ts";

bundlesContract("simulated bundles", () => {
  const node = eagerNode();
  const things = (kind: string): readonly string[] =>
    node.ledger
      .all()
      .filter((thing) => thing.startsWith(`${kind} `))
      .map((thing) => thing.slice(kind.length + 1));
  return {
    bundles: simulatedBundles(node),
    infraBundles: simulatedInfraBundles(node),
    request: (id) => bundleRequest({ id }),
    left: () => things("bundle").toSorted(),
    execs: (id) => things("process-file").filter((thing) => thing.startsWith(`${id}.`)).length,
    dispose: () => {},
  };
});
