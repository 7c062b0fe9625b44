import { joinedStreamsContract } from "../../drivers/execs/joined-streams.contract.ts";
import { simulatedStreams } from "../../../src/fuzz/world/execs.ts";
import { eagerNode } from "./quiet-node.ts";

joinedStreamsContract("simulated streams", () => {
  const node = eagerNode();
  return {
    streams: simulatedStreams(node),
    begin: () => () => {},
    left: () => node.ledger.all().map((thing) => thing.slice("exec-fifos ".length)),
    dispose: () => {},
  };
});
