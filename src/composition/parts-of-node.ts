/** Makes the real drivers from settings. What they find wrong but can live with goes to `warn`. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { cpus } from "node:os";
import { cgroups } from "../drivers/cgroup/host-cgroups.ts";
import { cniNetwork } from "../drivers/cni/cni-network.ts";
import { joinedStreams } from "../drivers/execs/joined-streams.ts";
import { execOutputs } from "../drivers/execs/exec-outputs.ts";
import { nodeFigures } from "../drivers/figures/node-figures.ts";
import { imagesDriver } from "../drivers/images/images-driver.ts";
import { imageRoute, type ImageRoute } from "../drivers/images/route.ts";
import { keptAnswers, type Answers } from "../drivers/linux/answers.ts";
import { bootId, monoMs, wallNs } from "../drivers/linux/clock.ts";
import { Readiness } from "../drivers/linux/poll.ts";
import { monitorLink } from "../drivers/monitor/link.ts";
import { sandboxDirectory } from "../drivers/namespaces/sandbox-directory.ts";
import { sandboxNamespaces } from "../drivers/namespaces/pins.ts";
import { hostApparmor, OWN_PROFILE } from "../drivers/oci/apparmor.ts";
import { infraBundles } from "../drivers/oci/infra-bundle.ts";
import { bundles } from "../drivers/oci/bundle-directory.ts";
import { readHost } from "../drivers/oci/host.ts";
import { probeRuntimes, type Probed } from "../drivers/oci/probe.ts";
import { permits } from "../drivers/permits/permits.ts";
import { durableStore, type StoreThread } from "../drivers/records/durable.ts";
import { runStore } from "../drivers/records/run-store.ts";
import { besideRootfs, overlayRootfs } from "../drivers/storage/overlay-rootfs.ts";
import { toFailure } from "../errors.ts";
import { placesIn } from "../monitor/protocol.ts";
import type { Settings } from "../settings.ts";
import { version } from "../version.ts";
import { hostProcesses } from "./host-processes.ts";
import type { Queues } from "./metrics/queue-metrics.ts";
import type { Clock, Parts } from "./parts.ts";
import { containerSettings } from "./container-settings.ts";
import { registriesOf } from "./registries-of.ts";
import { CNI_CACHE_DIR, NETNS_DIR, placesOf } from "./places.ts";
import { noUserNamespaces } from "./user-namespaces.ts";

export interface PartsOptions {
  /** As they are now: what a running daemon takes over of them is read at each use. */
  readonly settings: () => Settings;
  /** Program and arguments that start a monitor; absent: somebody else does. */
  readonly startMonitor?: readonly [string, ...string[]];
  /** Of the durable store, begun before. */
  readonly storeThread?: StoreThread;
  readonly warn: (text: string) => void;
  /** The durable store can write no more. */
  readonly storeFailed: (error: Error) => void;
}

const clock: Clock = { monoMs, wallMs: () => Date.now(), wallNs };

/** How many waiters a lane of permits takes before it refuses. */
const LINE_LIMIT = 1_000;
const PULLS_AT_ONCE = 10;
/** A permit for CPU work is given back after this: whoever still waits then waits for something else than CPU. */
const GIVE_BACK_MS = 1_000;

export const probeHandlers = (settings: Settings, answers?: Answers): Promise<Probed> => {
  const { handlers, cgroupManager, runroot } = settings;
  const places = placesOf(settings);
  const { facts } = cgroups({ driver: cgroupManager });
  return probeRuntimes(handlers, {
    hybridControllers: facts.hybridControllers,
    dir: places.runtimes,
    logDir: places.runtimeLogs,
    bundleDir: places.bundles,
    filterDir: places.filters,
    systemdCgroup: cgroupManager === "systemd",
    checkpoints: {
      ...besideRootfs(places.rootfs),
      streams: (id) => (["stdin", "stdout", "stderr"] as const).map((stream) => placesIn(runroot).fifo(id, stream)),
    },
    ...(answers && { answers }),
  });
};

export interface NodeParts extends Parts {
  /** What a pull would try. Throws Invalid for what is no reference. */
  imageRoute(image: string, signal: AbortSignal): Promise<ImageRoute>;
  /** Queues of drivers, by name; lengths in bytes, or of permits in who waits. */
  queues(): { readonly items: Queues; readonly bytes: Queues };
}

export const partsOfNode = async (options: PartsOptions): Promise<NodeParts> => {
  const { settings: settingsNow, startMonitor, storeThread: thread, warn, storeFailed } = options;
  const settings = settingsNow();
  const { runroot, cgroupManager } = settings;
  const places = placesOf(settings);
  const hostCgroups = cgroups({ driver: cgroupManager });
  const answers = keptAnswers(places.answers);
  rmSync(places.runtimeLogs, { recursive: true, force: true });
  const host = readHost(hostCgroups.facts);
  const [{ usable, unusable }, durable, noUsers] = await Promise.all([
    probeHandlers(settings, answers),
    durableStore({ file: places.store, ...(thread && { thread }), failed: storeFailed }),
    noUserNamespaces(places.images, host.kernel, answers),
  ]);
  const asked = registriesOf(settingsNow, warn);
  const images = imagesDriver({
    directory: places.images,
    records: {
      all: () => durable.all("images"),
      commit: (changes) => durable.commit(changes.map((change) => ({ table: "images", ...change }))),
    },
    ...asked,
    get pinned() {
      return settingsNow().pinnedImages;
    },
    bootId: bootId(),
    now: wallNs,
    randomId: () => randomBytes(16).toString("hex"),
    warn,
    arch: process.arch,
  });
  const processors = cpus().length;
  // Of an earlier version, maybe: what is loaded is replaced. Containers try again, and say what comes of it.
  if (host.apparmor && settings.containers.apparmorProfile === OWN_PROFILE)
    hostApparmor
      .load()
      .catch((error: unknown) => warn(`containers are not confined by AppArmor: ${toFailure(error).text}`));
  const { defaultNetwork } = settings;
  const monitor = monitorLink({
    runDir: runroot,
    ...(startMonitor && { start: startMonitor }),
    // One arena of malloc, as bin/troupe has it: each thread's own would waste a megabyte.
    env: { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", MALLOC_ARENA_MAX: "1" },
    ownCgroup: cgroupManager === "cgroupfs",
    warn,
    version,
    wallNs,
  });
  const lanes = permits({
    lanes: { "cni-add": 2 * processors, "cni-del": 2 * processors, unpack: processors, pull: PULLS_AT_ONCE },
    lineLimit: LINE_LIMIT,
    giveBackMs: GIVE_BACK_MS,
    timers: { now: monoMs, setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) },
  });
  return {
    queues: () => ({
      items: Object.fromEntries(Object.entries(lanes.queues()).map(([lane, figures]) => [`permits-${lane}`, figures])),
      bytes: { "durable-store": durable.queue, "monitor-socket": monitor.queue },
    }),
    imageRoute: (image, signal) => imageRoute(image, asked, signal),
    clock,
    processes: hostProcesses,
    durable,
    images,
    unusable,
    noUserNamespaces: noUsers,
    runtimes: new Map(usable.map((runtime) => [runtime.handler, runtime])),
    cgroups: hostCgroups,
    monitor,
    bundles: bundles({
      bundleDir: places.bundles,
      host,
      get seccompProfile() {
        return settingsNow().seccompProfile;
      },
      get settings() {
        return containerSettings(settingsNow());
      },
    }),
    infraBundles: infraBundles({
      bundleDir: places.bundles,
      dir: places.infra,
      program: settings.infraProgram,
      host,
    }),
    network: cniNetwork({
      confDir: settings.networkDir,
      pluginDirs: settings.pluginDirs,
      cacheDir: CNI_CACHE_DIR,
      answers,
      ...(defaultNetwork === undefined ? {} : { defaultNetwork }),
    }),
    namespaces: sandboxNamespaces({
      netnsDir: NETNS_DIR,
      pinDir: places.pins,
      get defaultSysctls() {
        return settingsNow().containers.sysctls;
      },
    }),
    directory: sandboxDirectory({ dir: places.sandboxFiles, hostResolvConf: "/etc/resolv.conf" }),
    rootfs: overlayRootfs({ dir: places.rootfs, volatile: true }),
    permits: lanes,
    execs: execOutputs({ dir: places.execs }),
    streams: joinedStreams({ dir: places.execs, readiness: new Readiness() }),
    figures: nodeFigures({ layerDir: places.rootfs, clock }),
    runStore: runStore({ dir: runroot, program: version }),
  };
};
