/** Where things of this node lie. `runroot` is this boot's and on a memory file system; `root` outlives it. */
import { join } from "node:path";
import type { Settings } from "../settings.ts";

/** Where `ip netns` looks. */
export const NETNS_DIR = "/run/netns";
/** libcni's. */
export const CNI_CACHE_DIR = "/var/lib/cni";

/** The flight recorder's. */
export const flightIn = (runroot: string): string => join(runroot, "flight");

export const placesOf = ({ root, runroot }: Pick<Settings, "root" | "runroot">) => ({
  runroot,
  root,
  store: join(root, "troupe.db"),
  images: join(root, "images"),
  rootfs: join(root, "containers"),
  bundles: join(runroot, "bundles"),
  /** What OCI runtimes keep, a directory for each handler. */
  runtimes: join(runroot, "oci"),
  /** Logs of the OCI runtimes' calls: of use while the call is under way; those of an earlier daemon are of no use any more. */
  runtimeLogs: join(runroot, "oci-logs"),
  /** V8's code of this program as it was compiled once: made anew where it is missing. In memory, for no start waits for a disk. */
  compiled: join(runroot, "compiled"),
  /** What programs said of themselves since the last boot: they are asked again where it is missing. */
  answers: join(runroot, "answers.json"),
  /** Filters that the runtimes have compiled, and the root filesystem of infra processes: made anew where they are missing. */
  filters: join(runroot, "seccomp"),
  infra: join(runroot, "infra"),
  pins: join(runroot, "ns"),
  sandboxFiles: join(runroot, "sandbox-files"),
  execs: join(runroot, "execs"),
  flight: flightIn(runroot),
  inspectSocket: join(runroot, "inspect.sock"),
});

export type NodePlaces = ReturnType<typeof placesOf>;
