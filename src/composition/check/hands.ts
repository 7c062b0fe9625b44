/** How each step of a mending is done: by the drivers that a daemon has, each fine with what is gone already. */
import { basename, dirname, join } from "node:path";
import { cgroups } from "../../drivers/cgroup/host-cgroups.ts";
import { cniNetwork } from "../../drivers/cni/cni-network.ts";
import { directoriesIn } from "../../drivers/linux/listing.ts";
import { sandboxNamespaces } from "../../drivers/namespaces/pins.ts";
import { sandboxDirectory } from "../../drivers/namespaces/sandbox-directory.ts";
import { settleCommands } from "../../drivers/oci/commands-in-flight.ts";
import type { Probed } from "../../drivers/oci/probe.ts";
import { runStore } from "../../drivers/records/run-store.ts";
import { overlayRootfs } from "../../drivers/storage/overlay-rootfs.ts";
import { Unavailable } from "../../errors.ts";
import type { Settings } from "../../settings.ts";
import { version } from "../../version.ts";
import type { ContainerId, SandboxId } from "../../vocabulary/index.ts";
import { probeHandlers } from "../parts-of-node.ts";
import { CNI_CACHE_DIR, NETNS_DIR, placesOf } from "../places.ts";
import type { Step, Verb } from "./mending.ts";
import { refuseMounts, remove, removeEmpty } from "./removal.ts";
import { reachRunningMonitor } from "./running-monitor.ts";

export interface MendingHands {
  do(step: Step): Promise<void>;
  /** What they have open. */
  close(): void;
}

/** Tools of a dead daemon may go on for so long before they are ended. */
const SETTLE_MS = 5_000;
/** Each call of an OCI runtime, and each DEL. */
const BOUND_MS = 30_000;

/** For who has the daemon's lock. */
export const mendingHands = (settings: Settings): MendingHands => {
  const places = placesOf(settings);
  const hostCgroups = cgroups({ driver: settings.cgroupManager });
  const namespaces = sandboxNamespaces({ netnsDir: NETNS_DIR, pinDir: places.pins });
  const sandboxFiles = sandboxDirectory({ dir: places.sandboxFiles, hostResolvConf: "/etc/resolv.conf" });
  const rootfs = overlayRootfs({ dir: places.rootfs, volatile: true });
  const { defaultNetwork } = settings;
  const network = cniNetwork({
    confDir: settings.networkDir,
    pluginDirs: settings.pluginDirs,
    cacheDir: CNI_CACHE_DIR,
    ...(defaultNetwork === undefined ? {} : { defaultNetwork }),
  });
  let probed: Promise<Probed> | undefined;
  let reached: ReturnType<typeof reachRunningMonitor> | undefined;
  const bound = (): AbortSignal => AbortSignal.timeout(BOUND_MS);

  /** `state`: the OCI runtime's directory for the container. One that cannot be used, or cannot delete it, is done without. */
  const end = async (id: string, state: string): Promise<void> => {
    const handler = basename(dirname(state));
    const { usable } = await (probed ??= probeHandlers(settings));
    try {
      const runtime = usable.find((one) => one.handler === handler);
      if (!runtime) throw new Unavailable(`there is no usable handler ${handler}`);
      await runtime.delete(id as ContainerId, bound());
    } catch {
      // Its processes end with its cgroup, which is the next step.
      remove(state);
    }
  };

  const detach = async (id: SandboxId): Promise<void> => {
    await network.settle(id, SETTLE_MS); // and whoever's DEL came before, it may have been cut short
    await network.detach(id, namespaces.pinned(id).network ?? "", bound());
  };

  const verbs: Readonly<Record<Verb, (id: string, what: readonly string[]) => Promise<unknown> | void>> = {
    settleCommands: async (id) => {
      for (const handler of directoriesIn(places.runtimes))
        await settleCommands(join(places.runtimes, handler), id, SETTLE_MS);
    },
    settlePlugins: (id) => network.settle(id as SandboxId, SETTLE_MS),
    end: async (id, what) => {
      for (const state of what) await end(id, state);
    },
    clear: async (_, what) => {
      for (const path of what) await hostCgroups.remove(path);
    },
    forget: async (_, what) => {
      const monitor = await (reached ??= reachRunningMonitor(settings.runroot));
      // What it knows it deletes itself, as soon as that has ended.
      for (const path of what) if (!(await monitor?.forget(basename(path)))) remove(path);
    },
    detach: (id) => detach(id as SandboxId),
    unpin: (id) => namespaces.unpin(id as SandboxId),
    removeSandboxFiles: async (id) => {
      refuseMounts(join(places.sandboxFiles, id), "shm");
      await sandboxFiles.remove(id as SandboxId);
    },
    unbundle: (_, what) => what.forEach(remove),
    unmount: async (id) => {
      refuseMounts(join(places.rootfs, id), "rootfs", "layers", "volumes");
      await rootfs.unmount(id as ContainerId);
    },
    removeOutput: (_, what) => what.forEach(remove),
    tidyRecords: () => void runStore({ dir: settings.runroot, program: version }).load(), // which is how a daemon begins
    removeCgroupParent: () => hostCgroups.removeParent(""),
    removeMonitorCgroup: (_, what) =>
      hostCgroups.facts.hierarchies.forEach((root) => what.forEach((path) => removeEmpty(join(root, path)))),
  };

  return {
    do: async ({ verb, id = "", what }) => {
      await verbs[verb](id, what);
    },
    close: () => {
      network.close();
      void reached?.then((monitor) => monitor?.close()).catch(() => {}); // it was told as a step's failure
    },
  };
};
