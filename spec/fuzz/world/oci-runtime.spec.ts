import { commandsInFlightContract, type CommandAtWork } from "../../drivers/oci/commands-in-flight.contract.ts";
import { ociRuntimeContract } from "../../drivers/oci/runtime.contract.ts";
import { containerId, execId } from "../../drivers/oci/support/builders.ts";
import { SimulatedHost } from "./simulated-host.ts";

ociRuntimeContract("the simulated runtime", {}, async () => {
  const host = new SimulatedHost();
  const { link, exitOf } = await host.daemon();
  return {
    runtime: host.runtime,
    created: async (name) => {
      const id = containerId(name);
      await link.create(host.createRequest(id));
      return { id, ended: exitOf(id) };
    },
    archive: { location: "/a.tar", isThere: () => host.node.archives.has("/a.tar") },
    dispose: async () => host.stop(),
  };
});

commandsInFlightContract("the simulated runtime", {}, async () => {
  const host = new SimulatedHost();
  const { link } = await host.daemon();
  /** Begins what the monitor is to do by a command that is held back. */
  const atWork = async (command: string, work: () => Promise<unknown>): Promise<Omit<CommandAtWork, "id">> => {
    host.held.add(command);
    const ended = work().then(
      () => true,
      () => false,
    );
    await host.rest();
    return { ended, go: async () => void host.held.delete(command) };
  };
  return {
    runtime: host.runtime,
    creating: async (name) => {
      const id = containerId(name);
      return { id, ...(await atWork(`tool.create ${id}`, () => link.create(host.createRequest(id)))) };
    },
    executing: async (name) => {
      const [id, exec] = [containerId(name), execId(`exec-${name}`)];
      await link.create(host.createRequest(id));
      await host.start(id);
      return { id, ...(await atWork(`tool.exec ${exec}`, () => link.exec(host.execRequest(id, exec)))) };
    },
    dispose: async () => host.stop(),
  };
});
