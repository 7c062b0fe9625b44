/** An OCI runtime in a simulated node: state directories, and the processes that they are about. */
import type { CommandLine, OciRuntime, RuntimeStatus } from "../../drivers/oci/runtime.ts";
import { NotAllowed, NotFound } from "../../errors.ts";
import type { Node } from "./node.ts";

const statusOf = (node: Node, id: string): RuntimeStatus | undefined => {
  if (!node.ledger.has("oci", id)) return undefined;
  const process = node.kernel.of(id);
  if (!process || process.phase === "ended") return "stopped";
  return process.phase === "waiting" ? "created" : "running";
};

export const simulatedRuntime = (node: Node): OciRuntime => {
  const { ledger, kernel, operations, timers } = node;
  const command = (verb: string, ...ids: readonly string[]): CommandLine => ({
    argv: ["/usr/bin/simulated", verb, ...ids],
    ...{ env: {}, cwd: "/", pidFile: "", runtimeLog: "" },
  });
  return {
    ...{ handler: "simulated", path: "/usr/bin/simulated", version: "1" },
    features: { idmappedMounts: false, recursiveReadOnly: false, seccomp: false },
    create: (id) => command("create", id),
    exec: (id, execId) => command("exec", id, execId),
    start: (id, signal) =>
      node.operation(
        "runtime.start",
        id,
        () => {
          const status = statusOf(node, id);
          const process = kernel.of(id);
          if (status === undefined || !process) throw new NotFound("container", id);
          if (status !== "created") throw new NotAllowed(`container ${id} is ${status}`);
          process.phase = "running";
        },
        { signal, outlives: true },
      ),
    update: (id, { memory }, abort) =>
      node.operation(
        "runtime.update",
        id,
        () => {
          const status = statusOf(node, id);
          if (status === undefined) throw new NotFound("container", id);
          if (status === "stopped") throw new NotAllowed(`container ${id} has stopped`);
          node.limits.set(id, memory.limit ?? 0);
        },
        { signal: abort, outlives: true },
      ),
    kill: (id, signal, all, abort) => {
      const { life } = node;
      return node.operation(
        "runtime.kill",
        id,
        () => {
          const told = kernel.living(id).filter(({ kind }) => all || kind === "container");
          if (ledger.has("oci", id)) for (const process of told) kernel.signal(process, signal, life);
        },
        { signal: abort, outlives: true },
      );
    },
    delete: (id, abort) =>
      node.operation(
        "runtime.delete",
        id,
        () => {
          // A tool that still makes it makes it after this; a second one in its way leaves what it finds.
          if (ledger.has("oci", id)) for (const process of kernel.living(id)) kernel.signal(process, 9);
          ledger.drop("oci", id);
        },
        { signal: abort, outlives: true },
      ),
    checkpoint: (id, { location }, abort) =>
      node.operation(
        "runtime.checkpoint",
        id,
        () => {
          const status = statusOf(node, id);
          if (status === undefined) throw new NotFound("container", id);
          if (status !== "running") throw new NotAllowed(`container ${id} is ${status}`);
          node.archives.add(location);
        },
        { signal: abort, outlives: true },
      ),
    status: (id, abort) => node.operation("runtime.status", id, () => statusOf(node, id), { signal: abort }),
    settle: (id, boundMs) => {
      const left = () => [
        ...operations.foreign(id, "runtime.", node.life),
        ...operations.foreign(id, "tool.", node.life),
      ];
      const end = (): void => left().forEach((one) => operations.kill(one, node.choices.chance(500)));
      const timer = timers.set(end, boundMs, node.life);
      return node
        .operation("runtime.settle", id, () => {}, { isReady: () => left().length === 0, canFail: false })
        .finally(() => timers.clear(timer));
    },
  };
};
