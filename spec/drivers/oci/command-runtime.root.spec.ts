import { existsSync } from "node:fs";
import { inTestNode } from "../../support/in-test-node.ts";
import { ociRuntimeContract } from "./runtime.contract.ts";
import { workbench } from "./support/workbench.ts";

for (const handler of ["crun", "runc"])
  ociRuntimeContract(handler, inTestNode, async () => {
    const bench = await workbench(handler);
    return {
      runtime: bench.runtime,
      created: async (name) => {
        const wanted = bench.request(name);
        const { output } = await bench.create(wanted);
        return { id: wanted.id, ended: output };
      },
      archive: { location: bench.at("a.tar"), isThere: () => existsSync(bench.at("a.tar")) },
      dispose: bench.dispose,
    };
  });
