/** The parts that things play, in words, and what follows from where they lie. */
import type { Part } from "../../vocabulary/index.ts";

export type Kind = "record" | "container" | "process" | "mount" | "namespace" | "cgroup" | "interface" | "CNI" | "file";

interface PartFacts {
  readonly kind: Kind;
  readonly says: string;
  /** It lies where others have theirs too, known as ours by its name alone. */
  readonly shared?: true;
}

export const PARTS: Readonly<Record<Part, PartFacts>> = {
  layer: { kind: "file", says: "the writable layer" },
  rootfs: { kind: "mount", says: "the root filesystem" },
  imageVolume: { kind: "mount", says: "an image as a volume" },
  bundle: { kind: "file", says: "the bundle" },
  state: { kind: "container", says: "what the OCI runtime keeps" },
  cgroup: { kind: "cgroup", says: "the cgroup", shared: true },
  process: { kind: "process", says: "a process", shared: true },
  monitorRecord: { kind: "file", says: "the monitor's record" },
  exit: { kind: "file", says: "the exit that the monitor keeps" },
  execOutput: { kind: "file", says: "the output" },
  netns: { kind: "namespace", says: "the network namespace", shared: true },
  ipc: { kind: "namespace", says: "the IPC namespace" },
  uts: { kind: "namespace", says: "the UTS namespace" },
  userns: { kind: "namespace", says: "the user namespace" },
  emptyPin: { kind: "file", says: "a pin with no namespace in it", shared: true },
  sandboxFiles: { kind: "file", says: "hostname, hosts and resolv.conf" },
  shm: { kind: "mount", says: "the shared memory" },
  attachment: { kind: "CNI", says: "the note of the network attachment", shared: true },
  unreadableNote: { kind: "CNI", says: "an unreadable note of a network attachment", shared: true },
  interface: { kind: "interface", says: "the host's end of the network", shared: true },
  lostInterface: { kind: "interface", says: "the host's end of the network", shared: true },
  lease: { kind: "CNI", says: "a leased address", shared: true },
  command: { kind: "process", says: "a command of the OCI runtime" },
  plugin: { kind: "process", says: "a CNI plugin", shared: true },
  unfinishedRecord: { kind: "file", says: "a record that was being written" },
  cgroupParent: { kind: "cgroup", says: "the parent of containers' cgroups" },
  monitorCgroup: { kind: "cgroup", says: "the monitor's cgroup" },
  strangeFile: { kind: "file", says: "a file" },
  strangeMount: { kind: "mount", says: "a mount" },
  strangeCgroup: { kind: "cgroup", says: "a cgroup" },
};
