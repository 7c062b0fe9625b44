/**
 * A container's mounts, in the order in which they are made: the kernel's filesystems, then the sandbox's files and the pod's
 * volumes together, parents before what lies in them. A volume takes the place of a mount of ours with the same target.
 */
import { posix } from "node:path";
import { Invalid } from "../../../errors.ts";
import type { Mount } from "../../../vocabulary/index.ts";
import type { SandboxFiles } from "../bundle.ts";
import type { Host } from "../host.ts";
import type { RuntimeFeatures } from "../runtime.ts";
import { atLeast } from "../version.ts";
import { specMappings } from "./id-mappings.ts";
import type { SpecMount } from "./runtime-spec.ts";

/** A volume whose source the host has: the real path, no link. */
export type FoundMount = Mount & { readonly source: string };

export interface MountsRequest {
  readonly volumes: readonly FoundMount[];
  readonly files: SandboxFiles;
  readonly readonlyRootfs: boolean;
  readonly privileged: boolean;
  /** The pod has users of its own in the host's network: sysfs, which shows that, is not its to mount. */
  readonly hostSys?: boolean;
  readonly features: RuntimeFeatures;
  readonly host: Pick<Host, "cgroup" | "kernel">;
  /** Copies of the node's for every container (mounts.conf), where nothing of the pod lies. */
  readonly defaults?: readonly SpecMount[];
  /** Of the container's CDI devices: they take the place of any other at their target. */
  readonly devices?: readonly SpecMount[];
  /** The container may write to its cgroup's files. */
  readonly cgroupWritable?: boolean;
}

export const mounts = (request: MountsRequest): readonly SpecMount[] => {
  const targets = request.volumes.map(({ containerPath }) => posix.join("/", containerPath).replace(/(.)\/$/, "$1"));
  const filesystems = kernelFilesystems(request).filter(({ destination }) => !targets.some(covers(destination)));
  const files = sandboxFiles(request).filter(({ destination }) => !targets.includes(destination));
  const volumes = request.volumes.map((volume, index) => bind(volume, targets[index] ?? "", request));
  const { defaults = [], devices = [] } = request;
  const copies = defaults.filter(({ destination }) => !targets.includes(destination));
  const isFree = ({ destination }: SpecMount): boolean => !devices.some((device) => device.destination === destination);
  const ordered = [...[...files, ...copies, ...volumes].filter(isFree), ...devices].toSorted(
    (a, b) => depth(a.destination) - depth(b.destination),
  );
  return [...filesystems.filter(isFree), ...ordered];
};

/** A volume on /dev or /sys brings its own insides; anything else stands only for itself. */
const covers = (destination: string) => (target: string) =>
  target === destination || ((target === "/dev" || target === "/sys") && destination.startsWith(`${target}/`));

const depth = (path: string): number => path.split("/").filter(Boolean).length;

const kernelFilesystems = (request: MountsRequest): readonly SpecMount[] => {
  const { privileged, hostSys = false, host, cgroupWritable = false } = request;
  const access = privileged ? "rw" : "ro";
  const bare = ["nosuid", "noexec", "nodev"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: bare },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: bare },
    hostSys
      ? { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "rprivate", ...bare, "rro"] }
      : { destination: "/sys", type: "sysfs", source: "sysfs", options: [...bare, access] },
    cgroups(privileged && host.cgroup.layout === "v2", [...bare, cgroupWritable ? "rw" : access]),
  ];
};

/**
 * A v2 mount made without a cgroup namespace is the host's own once more, and takes nsdelegate and memory_recursiveprot from
 * it where it does not repeat them (cgroups(7)); crun lets nobody repeat them. So the host's mount itself is shown.
 */
const cgroups = (ofHost: boolean, options: readonly string[]): SpecMount => {
  const destination = "/sys/fs/cgroup";
  return ofHost
    ? { destination, type: "bind", source: destination, options: ["rbind", "rprivate", ...options] }
    : { destination, type: "cgroup", source: "cgroup", options: [...options, "relatime"] };
};

const sandboxFiles = ({ files, readonlyRootfs }: MountsRequest): readonly SpecMount[] => {
  const access = readonlyRootfs ? "ro" : "rw";
  return [
    file("/etc/hostname", files.hostname, access),
    file("/etc/resolv.conf", files.resolvConf, access),
    file("/etc/hosts", files.hosts, access),
    file("/dev/shm", files.shm, "rw"),
  ];
};

const file = (destination: string, source: string, access: string): SpecMount => ({
  destination,
  type: "bind",
  source,
  options: ["rbind", "rprivate", "nosuid", "noexec", "nodev", access],
});

const propagations = { private: "rprivate", hostToContainer: "rslave", bidirectional: "rshared" } as const;

const bind = (volume: FoundMount, destination: string, request: MountsRequest): SpecMount => {
  if (!volume.containerPath.startsWith("/") || destination === "/")
    throw new Invalid(`mount target "${volume.containerPath}" is not an absolute path below /`);
  const access = volume.recursiveReadOnly ? recursively(volume, request) : volume.readonly ? "ro" : "rw";
  if (volume.mappings && !request.features.idmappedMounts)
    throw new Invalid(
      `mount "${volume.containerPath}" is to have its ids mapped, which this handler's OCI runtime would leave out in silence`,
    );
  const options = ["rbind", propagations[volume.propagation], access, ...(volume.options ?? [])];
  return { destination, type: "bind", source: volume.source, options, ...specMappings(volume.mappings) };
};

/** KEP-3857. The kubelet knows these refusals by their first word. */
const recursively = (volume: FoundMount, { features, host }: MountsRequest): "rro" => {
  const at = `mount "${volume.containerPath}"`;
  if (!volume.readonly || volume.propagation !== "private")
    throw new Invalid(`${at} can be recursively read-only only if it is read-only and its propagation private`);
  if (!features.recursiveReadOnly)
    throw new Invalid(
      `RROUnsupported: ${at} is to be recursively read-only, which this handler's OCI runtime cannot do`,
    );
  if (!atLeast(host.kernel, "5.12"))
    throw new Invalid(
      `RROUnsupported: ${at} is to be recursively read-only, which takes Linux 5.12; this is ${host.kernel}`,
    );
  return "rro";
};
