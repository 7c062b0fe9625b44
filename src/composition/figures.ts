/** Figures by views: where a container's and a pod's cgroups and namespaces are, looked up for the driver. */
import { posix } from "node:path";
import { parentDirectory, sliceDirectory } from "../drivers/cgroup/cgroup-path.ts";
import type { Books } from "../supervisors/books.ts";
import type { Figures } from "../supervisors/figures.ts";
import type { CgroupFigures, ContainerFigures, ContainerView, PodFigures, SandboxView } from "../vocabulary/index.ts";
import type { Parts } from "./parts.ts";
import { summed } from "./summed-figures.ts";

/** Below each hierarchy. "" and the root are no pod's own. */
const pathOfPod = ({ config: { cgroupParent } }: SandboxView): string | undefined => {
  if (cgroupParent === "" || cgroupParent === "/") return undefined;
  return cgroupParent.endsWith(".slice")
    ? sliceDirectory(posix.basename(cgroupParent))
    : parentDirectory("", cgroupParent);
};

export const figuresOf = ({ figures }: Pick<Parts, "figures">, books: Books): Figures => {
  const ofCgroup = ({ id, state, pid }: ContainerView): CgroupFigures =>
    state === "running" && pid !== undefined ? figures.container(id, pid) : {};
  const ofContainers = ({ id }: SandboxView): CgroupFigures => {
    const own = books.containers.views().filter(({ sandboxId }) => sandboxId === id);
    return summed(own.map(ofCgroup));
  };
  return {
    container: ({ id }): ContainerFigures => {
      // Who draws a long stream slowly has views of long ago: what is gone by now has no figures any more.
      const view = books.containers.view(id);
      if (!view) return {};
      const layer = figures.layer(id);
      return { ...ofCgroup(view), ...(layer && { layer }) };
    },
    pod: (view): PodFigures => {
      if (!view.ready) return {};
      const path = pathOfPod(view);
      const own = path === undefined ? {} : figures.pod(view.id, path);
      const pin = view.namespacePaths["network"];
      const network = pin === undefined ? undefined : figures.network(view.id, pin);
      return { ...(own.cpu ? own : ofContainers(view)), ...(network && { network }) };
    },
    details: ({ id, state, pid }) =>
      state === "running" && pid !== undefined ? figures.details(id, pid) : { devices: [], hugePages: [] },
    layersKnown: (views) => figures.layersKnown(views.map(({ id }) => id)),
  };
};
