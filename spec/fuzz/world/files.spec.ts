import { cgroupsContract } from "../../drivers/cgroup/cgroups.contract.ts";
import { sandboxDirectoryContract } from "../../drivers/namespaces/sandbox-directory.contract.ts";
import { sandboxNamespacesContract } from "../../drivers/namespaces/sandbox-namespaces.contract.ts";
import { rootfsContract } from "../../drivers/storage/rootfs.contract.ts";
import {
  simulatedCgroups,
  simulatedDirectory,
  simulatedNamespaces,
  simulatedRootfs,
} from "../../../src/fuzz/world/files.ts";
import { eagerNode } from "./quiet-node.ts";

sandboxNamespacesContract("simulated namespaces", {}, () => simulatedNamespaces(eagerNode()));

sandboxDirectoryContract("simulated files of sandboxes", {}, () => simulatedDirectory(eagerNode()));

rootfsContract("simulated root filesystems", {}, () => ({
  rootfs: simulatedRootfs(eagerNode()),
  layers: ["/top", "/bottom"],
}));

const idIn = (path: string): string => path.slice(path.lastIndexOf("-") + 1);

cgroupsContract("the simulated", {}, async () => {
  const node = eagerNode();
  return {
    cgroups: simulatedCgroups(node),
    occupied: async (path) => {
      const object = idIn(path);
      node.ledger.put("cgroup", object);
      node.ledger.put("cgroup-parent", "/troupe");
      node.kernel.spawn({ object, kind: "container", container: object, parent: 0, deaf: true, stuck: false });
    },
    exists: (path) => node.ledger.has("cgroup-parent", path) || node.ledger.has("cgroup", idIn(path)),
    dispose: async () => {},
  };
});
