/**
 * Looks at the node: at records, files, mounts, cgroups and processes, beside a daemon at work or without one. Nothing is
 * made, changed, locked or asked; so the durable store is left out, which only one can have open. Of what that tells the
 * check needs nothing: networks have their notes, and images are judged layer by layer by the daemon that opens it.
 */
import { basename, dirname, join } from "node:path";
import { seeCgroups } from "../../drivers/cgroup/seen.ts";
import { seeNetworks } from "../../drivers/cni/seen.ts";
import { seeExecOutputs } from "../../drivers/execs/seen.ts";
import { namesIn } from "../../drivers/linux/listing.ts";
import { lockHolder } from "../../drivers/linux/lock-holder.ts";
import { mountsUnder } from "../../drivers/linux/mountinfo.ts";
import { seeMonitor } from "../../drivers/monitor/seen.ts";
import { seePins, seeSandboxFiles } from "../../drivers/namespaces/seen.ts";
import { seeBundles, seeRuntimes } from "../../drivers/oci/seen.ts";
import { seeRootfs } from "../../drivers/storage/seen.ts";
import { OWN_CGROUP } from "../../monitor/protocol.ts";
import type { Settings } from "../../settings.ts";
import type { Thing } from "../../vocabulary/index.ts";
import { CNI_CACHE_DIR, NETNS_DIR, placesOf, type NodePlaces } from "../places.ts";
import type { Observed } from "./observed.ts";
import { seeRecords } from "./records-seen.ts";

/** What daemon and monitor have in their directories, which may be one, besides what a pod leaves there. */
const OWN_NAMES = new Set([
  ...["daemon.lock", "answers.json", "answers.json.new", "boot", "boot.new", "compiled", "flight"],
  ...["inspect.sock", "monitor.sock", "monitor.lock", "monitor.log", "monitor"],
  ...["sandbox", "container", "exec", "execs", "exits", "bundles", "oci", "oci-logs", "seccomp", "infra", "ns"],
  ...["sandbox-files", "containers", "images", "troupe.db", "troupe.db-wal", "troupe.db-shm", "troupe.db-journal"],
]);

const MOUNTED: ReadonlySet<Thing["part"]> = new Set(["rootfs", "imageVolume", "shm", "netns", "ipc", "uts", "userns"]);

export const lookAtNode = (settings: Settings): Observed => {
  const places = placesOf(settings);
  const { records, doubts, things: unfinished } = seeRecords(places.runroot);
  const { pid: monitor, execs, things: kept } = seeMonitor({ runDir: places.runroot });
  const daemon = lockHolder(join(places.runroot, "daemon.lock"));
  const things: readonly Thing[] = [
    ...unfinished,
    ...kept,
    ...seeRootfs({ dir: places.rootfs }),
    ...seePins({ netnsDir: NETNS_DIR, pinDir: places.pins }),
    ...seeSandboxFiles({ dir: places.sandboxFiles }),
    ...seeBundles({ bundleDir: places.bundles }),
    ...seeRuntimes({ dir: places.runtimes }),
    ...seeExecOutputs({ dir: places.execs }),
    ...seeNetworks({ cacheDir: CNI_CACHE_DIR }),
    ...seeCgroups({ monitor: OWN_CGROUP }),
  ].map((thing) => ofContainer(thing, execs));
  return {
    records,
    doubts,
    things: [...things, ...strangers(places, settings), ...strangeMounts(places, things)],
    // Who mends holds the lock itself.
    ...(daemon === undefined || daemon === process.pid ? {} : { daemon }),
    ...(monitor === undefined ? {} : { monitor }),
  };
};

/** What is an exec's is its container's. */
const ofContainer = (thing: Thing, execs: ReadonlyMap<string, string>): Thing => {
  const container = execs.get(thing.id ?? "");
  return container === undefined ? thing : { ...thing, id: container };
};

const strangers = ({ runroot, root }: NodePlaces, { listen }: Settings): readonly Thing[] =>
  [...new Set([runroot, root])].flatMap((directory) =>
    namesIn(directory)
      .filter((name) => !OWN_NAMES.has(name) && !isListened(join(directory, name), listen))
      .map((name): Thing => ({ part: "strangeFile", what: join(directory, name) })),
  );

/** The socket, or the private directory in which it is bound (`src/grpc/socket.ts`). */
const isListened = (path: string, listen: string): boolean =>
  path === listen || path === join(dirname(listen), `.${basename(listen)}.bind`);

/** Mounts in our directories that are no pod's, nor in one of a pod's. The directories themselves may be mounts. */
const strangeMounts = ({ runroot, root, images, rootfs }: NodePlaces, things: readonly Thing[]): readonly Thing[] => {
  const ours = things.filter(({ part }) => MOUNTED.has(part)).map(({ what }) => what);
  const points = new Set([runroot, root].flatMap(mountsUnder).map(({ mountPoint }) => mountPoint));
  for (const own of [runroot, root, images, rootfs]) points.delete(own);
  const isStrange = (point: string): boolean => !ours.some((what) => point === what || point.startsWith(`${what}/`));
  return [...points].filter(isStrange).map((what) => ({ part: "strangeMount", what }));
};
