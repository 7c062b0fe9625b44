/** Hands of containers: what their drivers need, looked up by id. */
import type { Drivers } from "../actors/drivers.ts";
import type { LogBounds } from "../drivers/logs/container-log.ts";
import type { OciRuntime } from "../drivers/oci/runtime.ts";
import { Failed, NotFound, Unavailable } from "../errors.ts";
import type { Books, ContainerEntry, LimitChange } from "../supervisors/books.ts";
import type { ContainerId } from "../vocabulary/index.ts";
import type { Parts } from "./parts.ts";
import { holdImages, releaseImages, volumeImagesOf } from "./image-holds.ts";
import { checkpointOf } from "./checkpoint-request.ts";
import { joinedProcesses } from "./joined-processes.ts";
import {
  hostnameOf,
  mappedUsersOf,
  ownerIn,
  sandboxEntryOf,
  sharesProcesses as podSharesProcesses,
} from "./pod-hands.ts";

const SIGKILL = 9;
const SETTLE_MS = 20_000;
const DRAIN_MS = 2_000;
const LOG_OPEN_MS = 1_000;
const CREATE_MS = 230_000;

export const containerEntryOf = (books: Books, id: string): ContainerEntry => {
  const entry = books.containers.entry(id);
  if (!entry) throw new NotFound("container", id);
  return entry;
};

/** As CRI-O names containers, so that queries of a journal need not be changed. */
const journaldNameOf = (books: Books, { config, sandboxId }: ContainerEntry): string => {
  const { name, namespace, uid } = sandboxEntryOf(books, sandboxId).config.metadata;
  return `k8s_${config.name}_${name}_${namespace}_${uid}_${config.attempt}`;
};

const changeOf = ({ id, change }: ContainerEntry): LimitChange => {
  if (!change) throw new Failed(`no limits were announced for container ${id}`);
  return change;
};

type ContainerDrivers = Pick<Drivers, "rootfs" | "bundles" | "runtime" | "cgroups" | "monitor">;

export const containerHands = (
  parts: Parts,
  books: Books,
  host: {
    readonly hostname: string;
    readonly logBounds: LogBounds;
    readonly logToJournald: boolean;
    connect(): Promise<{ pid: number }>;
  },
): ContainerDrivers => {
  const { bundles, cgroups, clock, directory, images, monitor, processes, rootfs, runtimes } = parts;
  const entryOf = (id: string): ContainerEntry => containerEntryOf(books, id);
  /** The pod's process namespace can be shared where the pod has one: else a container has its own. */
  const configOf = ({ config, sandboxId }: ContainerEntry): ContainerEntry["config"] => {
    const { namespaces } = config.security;
    if (namespaces.pid !== "pod" || podSharesProcesses(sandboxEntryOf(books, sandboxId))) return config;
    return { ...config, security: { ...config.security, namespaces: { ...namespaces, pid: "container" } } };
  };
  /** With its own process namespace a container ends with its init; else every process of it has to be told. */
  const sharesProcesses = (entry: ContainerEntry): boolean => configOf(entry).security.namespaces.pid !== "container";
  const runtimeOf = ({ handler }: ContainerEntry): OciRuntime => {
    const runtime = runtimes.get(handler);
    if (!runtime)
      throw new Unavailable(`the runtime handler "${handler}" cannot be used on this node; see: troupe doctor`);
    return runtime;
  };
  /**
   * An OCI runtime may hang, or be gone, or know nothing of a container whose state somebody has deleted; the kernel is there.
   * A first process takes its namespace's others along.
   */
  const endAlone = ({ memo }: ContainerEntry): void => {
    if (memo?.init && processes.lives(memo.init)) processes.killGroup(memo.init);
  };
  const cgroupsPathOf = ({ id, cgroupParent }: ContainerEntry): string => cgroups.cgroupsPath(cgroupParent, id);

  return {
    rootfs: {
      async mount({ id }) {
        const entry = entryOf(id);
        const { config, imageId } = entry;
        const sandbox = sandboxEntryOf(books, entry.sandboxId);
        holdImages(images, entry);
        await rootfs.mount(entry.id, images.layers(imageId), {
          users: mappedUsersOf(sandbox),
          volumes: volumeImagesOf(entry).map((image) => images.layers(image)),
          label: bundles.fileLabel({ config, sandbox: sandbox.config, sandboxId: sandbox.id }),
        });
      },
      async unmount({ id }) {
        await rootfs.unmount(id as ContainerId);
        releaseImages(images, entryOf(id));
      },
    },
    bundles: {
      async write({ id }) {
        const entry = entryOf(id);
        const sandbox = sandboxEntryOf(books, entry.sandboxId);
        const image = images.config(entry.imageId);
        if (!image) throw new NotFound("image", entry.imageId);
        const { user, stopSignal, warnings } = await bundles.write({
          id: entry.id,
          sandboxId: sandbox.id,
          handler: entry.handler,
          config: configOf(entry),
          sandbox: sandbox.config,
          image,
          rootfs: rootfs.path(entry.id),
          imageVolumes: volumeImagesOf(entry).map((_, index) => rootfs.volume(entry.id, index)),
          namespaces: { ...sandbox.namespacePaths, ...joinedProcesses(parts, books, entry) },
          files: directory.paths(sandbox.id, sandbox.config.namespaces.ipc !== "node"),
          hostname: hostnameOf(sandbox) ?? host.hostname,
          cgroupsPath: cgroupsPathOf(entry),
          features: runtimeOf(entry).features,
          filters: runtimeOf(entry).filters,
        });
        books.containers.change(id, { user, stopSignal, warnings });
      },
      remove: ({ id }) => bundles.remove(id as ContainerId),
    },
    runtime: {
      async start({ id }, signal) {
        const entry = entryOf(id);
        joinedProcesses(parts, books, entry); // with the first of them this container's have ended too
        // Whoever reads logs opens a container's as soon as it has started. A log thread that has just begun may be later than
        // the program; so it is asked meanwhile, and no fault of a log is one of the start.
        const opened = entry.logPath ? monitor.drain(entry.id, LOG_OPEN_MS).catch(() => undefined) : undefined;
        await runtimeOf(entry).start(entry.id, signal);
        await opened;
      },
      update: ({ id }, signal) => {
        const entry = entryOf(id);
        return runtimeOf(entry).update(entry.id, bundles.limits(changeOf(entry).to), signal);
      },
      async restore({ id }, signal) {
        const entry = entryOf(id);
        const { from, to } = changeOf(entry);
        const { update, beyond } = bundles.limitsBefore(from, to);
        await runtimeOf(entry).update(entry.id, update, signal);
        if (beyond.length > 0) throw new Failed(`what ${beyond.join(", ")} had before was not given`);
      },
      checkpoint: ({ id }, signal) => {
        const entry = entryOf(id);
        return runtimeOf(entry).checkpoint(entry.id, checkpointOf(entry), signal);
      },
      ask: ({ id }, signal) => {
        const entry = entryOf(id);
        return runtimeOf(entry).kill(entry.id, entry.stopSignal, false, signal);
      },
      async force({ id }, signal) {
        const entry = entryOf(id);
        try {
          await runtimeOf(entry).kill(entry.id, SIGKILL, sharesProcesses(entry), signal);
        } catch (error) {
          if (!entry.memo?.init) throw error;
        }
        endAlone(entry);
        return { at: clock.monoMs() };
      },
      async delete({ id }, signal) {
        await runtimeOf(entryOf(id)).delete(id as ContainerId, signal);
        endAlone(entryOf(id));
      },
      async status({ id }, signal) {
        return (await runtimeOf(entryOf(id)).status(id as ContainerId, signal)) ?? null;
      },
      async settle({ id }) {
        try {
          // Asked last, it answers when all that it was asked before has been begun, and a create of this one has ended.
          await monitor.look(id as ContainerId, undefined);
        } finally {
          await runtimeOf(entryOf(id)).settle(id as ContainerId, SETTLE_MS);
        }
      },
    },
    cgroups: {
      remove: ({ id }) => cgroups.remove(cgroupsPathOf(entryOf(id))),
      removeParent({ id }) {
        const { cgroupParent } = sandboxEntryOf(books, id).config;
        return cgroupParent === "" ? cgroups.removeParent(cgroupParent) : undefined; // a given parent is the client's
      },
    },
    monitor: {
      connect: () => host.connect(),
      upgrade: () => monitor.upgrade(),
      async create({ id }) {
        const entry = entryOf(id);
        const { logPath } = entry;
        const { tty, stdin, resources } = entry.config;
        const owner = ownerIn(books.sandboxes.entry(entry.sandboxId));
        const command = runtimeOf(entry).create(entry.id, tty ? monitor.console(entry.id) : undefined);
        const init = await monitor.create({
          ...command,
          id: entry.id,
          boundMs: CREATE_MS,
          watchOom: true,
          oomScoreAdj: resources.oomScoreAdj,
          ...(owner && { owner }),
          ...(logPath ? { logPath, logBounds: host.logBounds } : {}),
          ...(host.logToJournald ? { journaldName: journaldNameOf(books, entry) } : {}),
          ...(tty ? { terminal: true } : stdin ? { stdin: true } : {}),
        });
        joinedProcesses(parts, books, entry); // it may have ended meanwhile, and its pid be another's
        return init;
      },
      async look({ id, init }) {
        const looked = await monitor.look(id as ContainerId, init ?? undefined);
        if (looked.is === "running" && init) monitor.watch(id as ContainerId, init);
        if (looked.is !== "gone") return looked;
        const unknown = "its process has gone and nobody saw it end: daemon and monitor were both down";
        return { is: "exited", exit: { unknown, at: clock.wallNs(), oomKilled: false } };
      },
      async drain({ id }, signal) {
        const entry = entryOf(id);
        // Its init is gone; what it started lives on in a namespace that is not its own.
        if (sharesProcesses(entry)) await runtimeOf(entry).kill(entry.id, SIGKILL, true, signal);
        await monitor.drain(entry.id, DRAIN_MS);
      },
      acknowledge: ({ id }) => monitor.acknowledge(id as ContainerId),
      forget: ({ id }) => monitor.forget(id as ContainerId),
    },
  };
};
