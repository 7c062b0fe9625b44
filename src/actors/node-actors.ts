/** The actors that a node has one of: the daemon's own life, the link to the monitor, the network's readiness; and leaks. */
import { daemonMachine } from "../machines/daemon.ts";
import { leakedMachine } from "../machines/leaked.ts";
import { monitorLinkMachine } from "../machines/monitor-link.ts";
import { networkMachine } from "../machines/network.ts";
import { calling, type Port } from "./calls.ts";

export const daemonActor = (port: Port) => {
  const call = calling(port);
  return daemonMachine.provide({
    actors: {
      until: call("clock", "until", null),
      serve: call("daemon", "serve", 10_000),
      flush: call("daemon", "flush", 10_000),
    },
  });
};

export const monitorLinkActor = (port: Port) => {
  const call = calling(port);
  return monitorLinkMachine.provide({
    actors: {
      // Longer than the driver's own bounds, which say what was wrong.
      connect: call("monitor", "connect", 40_000),
      upgrade: call("monitor", "upgrade", 80_000),
      until: call("clock", "until", null),
    },
  });
};

export const networkActor = (port: Port) =>
  networkMachine.provide({ actors: { watch: calling(port)("network", "watch", 30_000) } });

export const leakedActor = (port: Port) => {
  const call = calling(port);
  return leakedMachine.provide({
    actors: { sweep: call("leaks", "sweep", 60_000), until: call("clock", "until", null) },
  });
};
