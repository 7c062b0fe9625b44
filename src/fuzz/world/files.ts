/** What a simulated node keeps for sandboxes and containers in files, mounts and cgroups. */
import type { Cgroups } from "../../drivers/cgroup/cgroups.ts";
import type { SandboxDirectory, SandboxNamespaces } from "../../drivers/namespaces/sandbox-namespaces.ts";
import type { Bundles } from "../../drivers/oci/bundle.ts";
import type { InfraBundles } from "../../drivers/oci/infra-bundle.ts";
import type { Rootfs } from "../../drivers/storage/rootfs.ts";
import { Invalid, NotFound, Unavailable } from "../../errors.ts";
import type { ContainerId } from "../../vocabulary/index.ts";
import type { Node } from "./node.ts";

const OF_NETWORK = /^net\./;
const OF_IPC = /^(kernel\.shm|kernel\.msg|kernel\.sem|fs\.mqueue\.)/;

export const simulatedNamespaces = (node: Node): SandboxNamespaces => {
  const { ledger } = node;
  const pinned: SandboxNamespaces["pinned"] = (id) => ({
    ...(ledger.has("netns", id) ? { network: `/run/netns/${id}` } : {}),
    ...(ledger.has("ipc", id) ? { ipc: `/run/troupe/ns/${id}/ipc` } : {}),
    ...(ledger.has("uts", id) ? { uts: `/run/troupe/ns/${id}/uts` } : {}),
    ...(ledger.has("userns", id) ? { user: `/run/troupe/ns/${id}/user` } : {}),
  });
  return {
    pinned,
    pin: ({ id, network, ipc, hostname, sysctls, userNamespace }) => {
      const isOwn = (name: string): boolean => (network && OF_NETWORK.test(name)) || (ipc && OF_IPC.test(name));
      const foreign = Object.keys(sysctls).find((name) => !isOwn(name));
      if (foreign !== undefined) return Promise.reject(new Invalid(`the sysctl "${foreign}" is the host's`));
      return node.operation("namespaces.pin", id, () => {
        if (network) ledger.put("netns", id);
        if (ipc) ledger.put("ipc", id);
        if (hostname !== undefined) ledger.put("uts", id);
        if (userNamespace) ledger.put("userns", id);
        return pinned(id);
      });
    },
    unpin: (id) =>
      node.operation("namespaces.unpin", id, () => {
        // The bridge plugin finds no address any more and leaves its rules.
        if (ledger.has("lease", id) && ledger.has("netns", id))
          node.find(`${id} was unpinned before its network was detached`);
        for (const kind of ["netns", "ipc", "uts", "userns"]) ledger.drop(kind, id);
      }),
  };
};

export const simulatedDirectory = (node: Node): SandboxDirectory => ({
  prepare: ({ id, hostname, dns, ownShm }) => {
    const words = [hostname, ...(dns ? [...dns.servers, ...dns.searches, ...dns.options] : [])];
    const bad = words.find((word) => /[\s\0]/.test(word));
    if (bad !== undefined) return Promise.reject(new Invalid(`${JSON.stringify(bad)} has a blank in it`));
    return node.operation("sandboxFiles.prepare", id, () => {
      node.ledger.put("sandbox-files", id);
      if (ownShm) node.ledger.put("shm", id);
    });
  },
  remove: (id) =>
    node.operation("sandboxFiles.remove", id, () => {
      node.ledger.drop("sandbox-files", id);
      node.ledger.drop("shm", id);
    }),
  paths: (id, ownShm) => {
    const place = `/run/troupe/sandbox-files/${id}`;
    const shm = ownShm ? `${place}/shm` : "/dev/shm";
    return { hostname: `${place}/hostname`, resolvConf: `${place}/resolv.conf`, hosts: `${place}/hosts`, shm };
  },
});

export const simulatedRootfs = (node: Node): Rootfs => {
  const path = (id: ContainerId): string => `/var/lib/troupe/containers/${id}/rootfs`;
  return {
    path,
    volume: (id, index) => `${path(id)}/../volumes/${index}`,
    mount: (id) =>
      node.operation("rootfs.mount", id, () => {
        node.ledger.put("layers", id);
        node.ledger.put("mount", id);
        return path(id);
      }),
    unmount: (id) =>
      node.operation("rootfs.unmount", id, () => {
        node.ledger.drop("mount", id);
        node.ledger.drop("layers", id);
      }),
    list: () => {
      const ours = node.ledger.all().filter((thing) => /^(layers|mount) /.test(thing));
      return Promise.resolve([...new Set(ours.map((thing) => thing.split(" ")[1] as ContainerId))]);
    },
  };
};

const limitsOf = (limit: number) => ({ memory: { limit, swap: undefined }, cpu: {} });

export const simulatedBundles = (node: Node): Bundles => {
  const { ledger } = node;
  const removeProcesses = (id: string): void => {
    for (const thing of ledger.all())
      if (thing.startsWith(`process-file ${id}.`)) ledger.drop("process-file", thing.slice(13));
  };
  return {
    write: ({ id, namespaces }) =>
      node.operation("bundles.write", id, () => {
        removeProcesses(id);
        ledger.put("bundle", id);
        const infra = /^\/proc\/(\d+)\//.exec(namespaces.pid ?? "")?.[1];
        if (infra === undefined) node.joined.delete(id);
        else node.joined.set(id, Number(infra));
        const path = `/run/troupe/bundles/${id}`;
        return { path, warnings: [], user: { uid: 0, gid: 0, groups: [0] }, stopSignal: 15 };
      }),
    limits: ({ memoryLimitBytes }) => limitsOf(memoryLimitBytes),
    limitsBefore: ({ memoryLimitBytes }) => ({ update: limitsOf(memoryLimitBytes), beyond: [] }),
    remove: (id) =>
      node.operation("bundles.remove", id, () => {
        ledger.drop("bundle", id);
        removeProcesses(id);
      }),
    fileLabel: () => undefined,
    writeProcess: (id, execId) =>
      node.operation("bundles.writeProcess", execId, () => {
        if (!ledger.has("bundle", id)) throw new NotFound("container", id);
        ledger.put("process-file", `${id}.${execId}`);
        return `/run/troupe/bundles/${id}/exec-${execId}.json`;
      }),
    removeProcess: (id, execId) =>
      node.operation("bundles.removeProcess", execId, () => ledger.drop("process-file", `${id}.${execId}`)),
  };
};

export const simulatedInfraBundles = (node: Node): InfraBundles => ({
  write: ({ id }) => node.step("infraBundles.write", id, () => node.ledger.put("bundle", id)),
  remove: (id) => node.step("infraBundles.remove", id, () => node.ledger.drop("bundle", id)),
});

/** The parent of containers for which the client gave none; it is there while one of them has its cgroup. */
const OWN_PARENT = "/troupe";

export const simulatedCgroups = (node: Node): Cgroups => ({
  layout: "v2",
  driver: "cgroupfs",
  facts: { layout: "v2", hierarchies: ["/sys/fs/cgroup"], controllers: new Set(), hybridControllers: [], swap: false },
  cgroupsPath: (parent, id) => `${parent || OWN_PARENT}/troupe-${id}`,
  inForce: () => ({}),
  remove: (cgroupsPath) => {
    const id = /\/troupe-([^/]+)$/.exec(cgroupsPath)?.[1];
    if (id === undefined) return Promise.reject(new Invalid(`cgroup "${cgroupsPath}" is not one of a container`));
    return node.operation("cgroups.remove", id, () => {
      // It kills, and waits for the ends: a second, not longer.
      for (const process of node.kernel.living(id)) {
        node.kernel.signal(process, 9);
        if (node.kernel.isStuck(process))
          throw new Unavailable(`cgroup ${cgroupsPath} could not be removed: processes do not end`);
        node.kernel.end(process, process.doomed ?? { signal: 9 });
      }
      node.ledger.drop("cgroup", id);
    });
  },
  removeParent: (parent) =>
    node.operation("cgroups.removeParent", "", () => {
      const isEmpty = !node.ledger.all().some((thing) => thing.startsWith("cgroup "));
      if (parent === "" && isEmpty) node.ledger.drop("cgroup-parent", OWN_PARENT);
    }),
});
