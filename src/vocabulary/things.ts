/** What Troupe leaves on a node while it has a pod, by the part that it plays: what drivers see and `troupe check` judges. */
export type Part =
  /** Of one container, in the order in which they are made. */
  | "layer"
  | "rootfs"
  | "imageVolume"
  | "bundle"
  /** The OCI runtime's own directory for it. */
  | "state"
  | "cgroup"
  /** A process in its cgroup. */
  | "process"
  | "monitorRecord"
  | "exit"
  | "execOutput"
  /** Of one sandbox. */
  | "netns"
  | "ipc"
  | "uts"
  | "userns"
  /** The file of a pin in which no namespace is. */
  | "emptyPin"
  | "sandboxFiles"
  | "shm"
  /** The note of a network attachment, in libcni's cache. */
  | "attachment"
  /** Such a note that cannot be read: another runtime may have written it. */
  | "unreadableNote"
  /** The host's end of a pod's network; `lostInterface`: a note tells of it, and it is not there. */
  | "interface"
  | "lostInterface"
  /** An address of which no runtime has a note. */
  | "lease"
  /** Tools at work: a command of the OCI runtime, a CNI plugin. */
  | "command"
  | "plugin"
  /** Of the node. */
  | "unfinishedRecord"
  | "cgroupParent"
  | "monitorCgroup"
  /** What lies where only Troupe makes things, under a name that Troupe does not give. */
  | "strangeFile"
  | "strangeMount"
  | "strangeCgroup";

export interface Thing {
  readonly part: Part;
  /** How it is found: a path, or `pid 7 (sleep)`. */
  readonly what: string;
  /** Of the sandbox, container or exec that it is for; absent: it is for none, or its name does not tell. */
  readonly id?: string;
}

/** An id of a sandbox or container, as a pattern for names that hold one. */
export const ID_PATTERN = "[0-9a-f]{64}";
