/** Hands of infra processes. To the OCI runtime and the monitor each is a container under its sandbox's id. */
import type { Drivers } from "../actors/drivers.ts";
import type { OciRuntime } from "../drivers/oci/runtime.ts";
import { Unavailable } from "../errors.ts";
import type { Books, SandboxEntry } from "../supervisors/books.ts";
import type { ContainerId, SandboxId } from "../vocabulary/index.ts";
import type { Parts } from "./parts.ts";
import { sandboxEntryOf } from "./pod-hands.ts";

const SETTLE_MS = 20_000;
const CREATE_MS = 230_000;
const asContainer = (id: string): ContainerId => id as ContainerId;

export const infraHands = (
  { cgroups, infraBundles, monitor, processes, runtimes }: Parts,
  books: Books,
): Drivers["infra"] => {
  const entryOf = (id: string): SandboxEntry => sandboxEntryOf(books, id);
  const runtimeOf = ({ handler }: SandboxEntry): OciRuntime => {
    const runtime = runtimes.get(handler);
    if (!runtime)
      throw new Unavailable(`the runtime handler "${handler}" cannot be used on this node; see: troupe doctor`);
    return runtime;
  };
  const cgroupsPathOf = ({ id, config }: SandboxEntry): string => cgroups.cgroupsPath(config.cgroupParent, id);
  return {
    write({ id }) {
      const entry = entryOf(id);
      const { userNamespace } = entry.config.namespaces;
      const cgroupsPath = cgroupsPathOf(entry);
      infraBundles.write({ id: entry.id, namespaces: entry.namespacePaths, userNamespace, cgroupsPath });
    },
    create({ id }) {
      const command = runtimeOf(entryOf(id)).create(asContainer(id));
      return monitor.create({ ...command, id: asContainer(id), boundMs: CREATE_MS, watchOom: false });
    },
    start: ({ id }, signal) => runtimeOf(entryOf(id)).start(asContainer(id), signal),
    async delete({ id }, signal) {
      const entry = entryOf(id);
      await runtimeOf(entry).delete(asContainer(id), signal);
      // The OCI runtime may know nothing of it any more: somebody has deleted its state.
      if (entry.memo?.infra && processes.lives(entry.memo.infra)) processes.killGroup(entry.memo.infra);
    },
    async settle({ id }) {
      try {
        await monitor.look(asContainer(id), undefined); // it answers when a create that it was asked for has ended
      } finally {
        await runtimeOf(entryOf(id)).settle(asContainer(id), SETTLE_MS);
      }
    },
    clear: ({ id }) => cgroups.remove(cgroupsPathOf(entryOf(id))),
    close: ({ id }) => monitor.forget(asContainer(id)),
    remove: ({ id }) => infraBundles.remove(id as SandboxId),
  };
};
