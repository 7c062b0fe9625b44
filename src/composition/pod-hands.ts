/** Hands of sandboxes and their network attachments: what their drivers need, looked up by id. */
import type { Drivers } from "../actors/drivers.ts";
import { NotFound } from "../errors.ts";
import type { Books, SandboxEntry } from "../supervisors/books.ts";
import type { Init } from "../machines/container-recovery.ts";
import {
  hostRootOf,
  podAnnotation,
  shortId,
  type ContainerId,
  type Owner,
  type SandboxId,
} from "../vocabulary/index.ts";
import type { NetworkReadiness } from "../drivers/cni/network.ts";
import type { MappedUsers } from "../drivers/storage/rootfs.ts";
import type { Parts } from "./parts.ts";

/** How long plugins that an earlier daemon left running may go on before they are ended. */
const SETTLE_MS = 20_000;

export const isHostNetwork = ({ config }: SandboxEntry): boolean => config.namespaces.network === "node";

/** The pod has one process namespace for all its containers. */
export const sharesProcesses = ({ config }: SandboxEntry): boolean => config.namespaces.pid === "pod";

/** The pod's host name; absent: it shares the host's UTS namespace, as it shares its network. */
export const hostnameOf = (entry: SandboxEntry): string | undefined =>
  isHostNetwork(entry) ? undefined : entry.config.hostname || shortId(entry.id);

/** Root of the pod's own user namespace, as the host knows it; absent: the pod has none. */
export const ownerIn = (entry: SandboxEntry | undefined): Owner | undefined => {
  const mappings = entry?.config.namespaces.userNamespace;
  return mappings ? hostRootOf(mappings) : undefined;
};

/** Its user namespace, for whoever shows files to it. */
export const mappedUsersOf = ({ config, namespacePaths }: SandboxEntry): MappedUsers | undefined => {
  const { userNamespace: mappings } = config.namespaces;
  return mappings ? { mappings, namespace: namespacePaths["user"] ?? "" } : undefined;
};

export const sandboxEntryOf = (books: Books, id: string): SandboxEntry => {
  const entry = books.sandboxes.entry(id);
  if (!entry) throw new NotFound("sandbox", id);
  return entry;
};

type PodDrivers = Pick<Drivers, "namespaces" | "sandboxFiles" | "network">;

export const podHands = (
  { namespaces, directory, figures, monitor, network, permits }: Parts,
  books: Books,
  attachments: ReadonlyMap<string, unknown>,
  host: {
    readonly hostname: string;
    allowedAnnotations(handler: string): readonly string[];
    networkChanged(readiness: NetworkReadiness): void;
  },
): PodDrivers => {
  /** The infra process goes under the sandbox's id, as a container of the OCI runtime and of the monitor. */
  const infraLives = async (id: string, infra: Init | null): Promise<boolean> => {
    if (!infra) return false;
    const looked = await monitor.look(id as ContainerId, infra);
    if (looked.is === "running") monitor.watch(id as ContainerId, infra);
    return looked.is === "running";
  };
  const ownIpc = ({ config }: SandboxEntry): boolean => config.namespaces.ipc !== "node";
  return {
    namespaces: {
      async pin({ id }) {
        const entry = sandboxEntryOf(books, id);
        const hostname = hostnameOf(entry);
        const { userNamespace } = entry.config.namespaces;
        const pins = await namespaces.pin({
          id: entry.id,
          network: !isHostNetwork(entry),
          ipc: ownIpc(entry),
          ...(hostname === undefined ? {} : { hostname }),
          sysctls: entry.config.sysctls,
          ...(userNamespace && { userNamespace }),
        });
        books.sandboxes.change(id, { namespacePaths: { ...pins } });
      },
      unpin({ id }) {
        // What is read of its network would keep that alive.
        figures.forget(id);
        return namespaces.unpin(id as SandboxId);
      },
      async look({ id, infra }) {
        const entry = sandboxEntryOf(books, id);
        if (sharesProcesses(entry) && !(await infraLives(id, infra))) return { intact: false };
        const { network: net, ipc, uts, user } = namespaces.pinned(entry.id);
        const own = entry.config.namespaces.userNamespace !== false;
        const wanted = [!isHostNetwork(entry) && net, ownIpc(entry) && ipc, !isHostNetwork(entry) && uts, own && user];
        const onNetwork = isHostNetwork(entry) || attachments.has(entry.id);
        return { intact: onNetwork && wanted.every((pin) => pin !== undefined) };
      },
    },
    sandboxFiles: {
      prepare({ id }) {
        const entry = sandboxEntryOf(books, id);
        const { dns, annotations } = entry.config;
        const hostname = hostnameOf(entry) ?? host.hostname;
        const shmSize = podAnnotation("shm-size.crio.io", annotations, host.allowedAnnotations(entry.handler));
        const owner = ownerIn(entry);
        return directory.prepare({
          id: entry.id,
          hostname,
          ownShm: ownIpc(entry),
          ...(dns && { dns }),
          ...(shmSize !== undefined && { shmSize }),
          ...(owner && { owner }),
        });
      },
      remove: ({ id }) => directory.remove(id as SandboxId),
    },
    network: {
      async watch() {
        await network.watch(host.networkChanged);
        return network.readiness();
      },
      async attach({ id }, signal, tell) {
        const { config, namespacePaths } = sandboxEntryOf(books, id);
        const { metadata, dns } = config;
        try {
          return await network.attach(
            {
              id: id as SandboxId,
              netns: namespacePaths["network"] ?? "",
              podName: metadata.name,
              podNamespace: metadata.namespace,
              podUid: metadata.uid,
              portMappings: config.portMappings,
              annotations: config.annotations,
              cgroupParent: config.cgroupParent,
              ...(dns ? { dns } : {}),
            },
            signal,
            tell,
          );
        } finally {
          permits.release(id);
        }
      },
      async detach({ id }, signal, tell) {
        try {
          // The netns may be gone, after a reboot; the plugins are asked all the same, for leases and rules are not.
          await network.detach(id as SandboxId, namespaces.pinned(id as SandboxId).network ?? "", signal, tell);
        } finally {
          permits.release(id);
        }
      },
      settle: ({ id }) => network.settle(id as SandboxId, SETTLE_MS),
    },
  };
};
