/** What `crictl info` shows of a node besides the conditions: objects, which crictl shows as such. */
import { join } from "node:path";
import type { Settings } from "../settings.ts";
import type { Parts } from "./parts.ts";

/** `monitorPid`: null without a connection. */
export const nodeInfo = (
  { cgroups, network, runtimes, unusable }: Parts,
  settings: Settings,
  monitorPid: number | null,
): Readonly<Record<string, unknown>> => {
  const { layout, driver, controllers, swap } = { ...cgroups.facts, driver: cgroups.driver };
  const readiness = network.readiness();
  const usable = [...runtimes.values()].map(({ handler, path, version, features }) => {
    const about = { path, version, features, ...(handler === settings.defaultRuntime && { default: true }) };
    return [handler, about] as const;
  });
  const refused = unusable.map(({ handler, path, reason }) => [handler, { path, unusable: reason }] as const);
  return {
    // critest asks the disk of stateDir's parent for idmapped mounts: it is to be the one with the root filesystems.
    config: { ...settings, stateDir: join(settings.root, "containers") },
    runtimes: Object.fromEntries([...usable, ...refused]),
    monitor: { pid: monitorPid },
    cgroups: { layout, driver, controllers: [...controllers].toSorted(), swap },
    network: { ...readiness },
    lastCNILoadStatus: readiness.ready ? "OK" : readiness.reason,
  };
};
