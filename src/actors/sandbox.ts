/** A sandbox with hands: sandboxMachine decides, the drivers act. */
import { sandboxMachine } from "../machines/sandbox.ts";
import { calling, type Port } from "./calls.ts";

export const sandboxActor = (port: Port) => {
  const call = calling(port);
  return sandboxMachine.provide({
    actors: {
      record: call("records", "putSandbox", 10_000),
      pin: call("namespaces", "pin", 10_000),
      prepareFiles: call("sandboxFiles", "prepare", 10_000),
      unpin: call("namespaces", "unpin", 10_000),
      removeFiles: call("sandboxFiles", "remove", 10_000),
      removeCgroup: call("cgroups", "removeParent", 10_000),
      forgetRecord: call("records", "forgetSandbox", 10_000),
      writeInfra: call("infra", "write", 10_000),
      createInfra: call("infra", "create", 240_000),
      startInfra: call("infra", "start", 60_000),
      deleteInfra: call("infra", "delete", 60_000),
      clearInfra: call("infra", "clear", 10_000),
      closeInfra: call("infra", "close", 10_000),
      removeInfra: call("infra", "remove", 10_000),
      settleInfra: call("infra", "settle", 30_000),
      look: call("namespaces", "look", 20_000),
      until: call("clock", "until", null),
    },
  });
};
