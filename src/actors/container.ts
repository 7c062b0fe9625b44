/** A container with hands: containerMachine decides, the drivers act. No branching on state in this file. */
import { containerMachine } from "../machines/container.ts";
import { calling, type Port } from "./calls.ts";

export const containerActor = (port: Port) => {
  const call = calling(port);
  return containerMachine.provide({
    actors: {
      record: call("records", "putContainer", 10_000),
      mountRootfs: call("rootfs", "mount", 60_000),
      writeBundle: call("bundles", "write", 60_000),
      create: call("monitor", "create", 240_000),
      start: call("runtime", "start", 60_000),
      update: call("runtime", "update", 10_000),
      restore: call("runtime", "restore", 10_000),
      checkpoint: call("runtime", "checkpoint", ({ patienceMs }) => patienceMs),
      ask: call("runtime", "ask", 10_000),
      force: call("runtime", "force", 10_000),
      until: call("clock", "until", null),
      drain: call("monitor", "drain", 5_000),
      acknowledge: call("monitor", "acknowledge", 5_000),
      deleteInRuntime: call("runtime", "delete", 60_000),
      removeCgroup: call("cgroups", "remove", 10_000),
      closeStreams: call("monitor", "forget", 10_000),
      removeBundle: call("bundles", "remove", 10_000),
      unmountRootfs: call("rootfs", "unmount", 60_000),
      forgetRecord: call("records", "forgetContainer", 10_000),
      settleRuntime: call("runtime", "settle", 30_000),
      askRuntime: call("runtime", "status", 10_000),
      look: call("monitor", "look", 10_000),
    },
  });
};
