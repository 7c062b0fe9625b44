/** The pod network of a simulated node. Plugins are programs: one that its daemon left works on, and `settle` is for those. */
import type { Attached, Network } from "../../drivers/cni/network.ts";
import { Invalid } from "../../errors.ts";
import type { Node } from "./node.ts";

const networkName = "simulated";

export const simulatedNetwork = (node: Node): Network => {
  const { attached, ledger, operations, timers } = node;
  return {
    watch: () => node.operation("network.watch", "network", () => {}),
    readiness: () =>
      node.networkReady ? { ready: true, name: networkName } : { ready: false, reason: "there is no configuration" },
    attach: ({ id, portMappings }, signal) => {
      if (portMappings.some(({ hostPort }) => hostPort > 0))
        return Promise.reject(new Invalid("no plugin of this network maps host ports"));
      const effect = (): Attached => {
        for (const kind of ["lease", "rules", "cni-cache"]) ledger.put(kind, id);
        const address = node.newAddress();
        const result = { ips: [`10.0.${address >> 8}.${address & 255}`], networkName };
        attached.set(id, result);
        return result;
      };
      return node.operation("network.attach", id, effect, { signal, outlives: true });
    },
    detach: (id, _, signal) =>
      node.operation(
        "network.detach",
        id,
        () => {
          for (const kind of ["lease", "rules", "cni-cache"]) ledger.drop(kind, id);
          attached.delete(id);
        },
        { signal, outlives: true },
      ),
    cached: (id) => Promise.resolve(attached.get(id)),
    settle: (id, boundMs) => {
      const left = () => operations.foreign(id, "network.", node.life);
      const end = (): void => left().forEach((one) => operations.kill(one, node.choices.chance(500)));
      const timer = timers.set(end, boundMs, node.life);
      return node
        .operation("network.settle", id, () => {}, { isReady: () => left().length === 0, canFail: false })
        .finally(() => timers.clear(timer));
    },
    close: () => {},
  };
};
