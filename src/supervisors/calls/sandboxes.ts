/** The calls about sandboxes. */
import { isLeaving, sandboxName, type Books } from "../books.ts";
import { podActorId, sandboxActorId } from "../../vocabulary/actor-ids.ts";
import type { Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import type { SandboxId } from "../../vocabulary/index.ts";
import { create } from "./creation.ts";
import { findSandbox, sandboxOf } from "./found.ts";

type SandboxCalls = Pick<
  Runtime,
  "runSandbox" | "stopSandbox" | "removeSandbox" | "updateSandbox" | "sandboxes" | "sandbox"
>;

export const sandboxCalls = (system: System, books: Books, services: Services): SandboxCalls => {
  const command =
    (type: "stop" | "remove", what: string): Runtime["stopSandbox"] =>
    (id, caller) => {
      const view = findSandbox(books, id);
      if (!view) return Promise.resolve(); // gone is what the caller wants
      const { metadata } = view.config;
      const said = `${what} of ${metadata.namespace}/${metadata.name}`;
      return system.command(sandboxActorId(view.id), { type, at: system.door.now() }, said, caller);
    };

  return {
    runSandbox({ config, bytes, handler: asked }, caller) {
      const handler = services.handlers.resolve(asked);
      const { name, namespace } = config.metadata;
      return create<SandboxId>(system, {
        what: `RunPodSandbox of ${namespace}/${name}`,
        bytes,
        caller,
        replaceable: [],
        actorId: sandboxActorId,
        existing: () => {
          const entry = books.sandboxes.named(sandboxName(config));
          return (
            entry && { id: entry.id, bytes: entry.bytes, phase: entry.memo?.phase ?? null, leaving: isLeaving(entry) }
          );
        },
        begin: () => {
          system.checkOwner("pods", `RunPodSandbox of ${namespace}/${name}`);
          const id = services.newId(64) as SandboxId;
          services.checkSandbox(id, config, handler);
          books.sandboxes.put({
            id,
            config,
            bytes,
            handler,
            createdAt: services.wallNs(),
            namespacePaths: {},
            memo: null,
          });
          system.tell("pods", {
            type: "spawn",
            child: { kind: "pod", id: podActorId(id), input: { id: podActorId(id) } },
          });
          return id;
        },
      });
    },
    stopSandbox: command("stop", "StopPodSandbox"),
    removeSandbox: command("remove", "RemovePodSandbox"),
    updateSandbox(id, given) {
      const { id: whole, sums } = sandboxOf(books, id);
      const entry = books.sandboxes.entry(whole);
      if (!entry) return;
      const changed = { ...entry, sums: { ...sums, ...given } };
      services.putSandbox(changed);
      books.sandboxes.put(changed);
    },
    sandboxes: () => books.sandboxes.views(),
    sandbox: (id) => sandboxOf(books, id),
  };
};
