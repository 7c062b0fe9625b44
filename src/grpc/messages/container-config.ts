/** Messages of proto/cri.proto, chapter "container-config", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { ImageSpec } from "./image.ts";
import type { IDMapping, LinuxContainerSecurityContext } from "./security.ts";
import type { WindowsContainerConfig } from "./windows.ts";

export interface ContainerMetadata {
  readonly name: string;
  /** Counted by the client: a container is never started twice. */
  readonly attempt: number;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata | null;
  /** The image id that PullImage or ImageStatus gave. */
  readonly image: ImageSpec | null;
  /** Replaces the image's entrypoint, and its arguments too. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly working_dir: string;
  readonly envs: readonly KeyValue[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly log_path: string;
  readonly stdin: boolean;
  /** Standard input ends with the first attach session. */
  readonly stdin_once: boolean;
  readonly tty: boolean;
  readonly linux: LinuxContainerConfig | null;
  readonly windows: WindowsContainerConfig | null;
  readonly CDI_devices: readonly CDIDevice[];
  /** Overrides the image's. */
  readonly stop_signal: Signal;
}

export interface KeyValue {
  readonly key: string;
  /** Bytes since 1.37, text before: the same on the wire. */
  readonly value: Uint8Array;
}

export interface Mount {
  readonly container_path: string;
  /** Empty for an image mount. */
  readonly host_path: string;
  readonly readonly: boolean;
  /** Only where SELinux is on. */
  readonly selinux_relabel: boolean;
  readonly propagation: MountPropagation;
  readonly uidMappings: readonly IDMapping[];
  readonly gidMappings: readonly IDMapping[];
  /** Only with readonly and private propagation. */
  readonly recursive_read_only: boolean;
  /** Mounts an image that is here already. */
  readonly image: ImageSpec | null;
  readonly image_sub_path: string;
  /** noexec, nodev, nosuid. */
  readonly mount_options: readonly string[];
}

export const MountPropagation = {
  PROPAGATION_PRIVATE: 0,
  PROPAGATION_HOST_TO_CONTAINER: 1,
  PROPAGATION_BIDIRECTIONAL: 2,
} as const;

/** A number of MountPropagation, or one of a newer client. */
export type MountPropagation = number;

export interface Device {
  readonly container_path: string;
  readonly host_path: string;
  /** Some of r, w, m. */
  readonly permissions: string;
}

export interface CDIDevice {
  /** VENDOR/CLASS=NAME. */
  readonly name: string;
}

export interface LinuxContainerConfig {
  readonly resources: LinuxContainerResources | null;
  readonly security_context: LinuxContainerSecurityContext | null;
}

/** Zero and empty mean not given. */
export interface LinuxContainerResources {
  readonly cpu_period: Int64;
  readonly cpu_quota: Int64;
  readonly cpu_shares: Int64;
  readonly memory_limit_in_bytes: Int64;
  readonly oom_score_adj: Int64;
  readonly cpuset_cpus: string;
  readonly cpuset_mems: string;
  readonly hugepage_limits: readonly HugepageLimit[];
  /** cgroup v2 files and their values; written last. */
  readonly unified: Readonly<Record<string, string>>;
  /** Memory and swap together. */
  readonly memory_swap_limit_in_bytes: Int64;
}

export interface HugepageLimit {
  readonly page_size: string;
  readonly limit: Int64;
}

/** Numbers of CRI's own, not the kernel's. */
export const Signal = {
  SIGNAL_RUNTIME_DEFAULT: 0,
  SIGNAL_SIGABRT: 1,
  SIGNAL_SIGALRM: 2,
  SIGNAL_SIGBUS: 3,
  SIGNAL_SIGCHLD: 4,
  SIGNAL_SIGCLD: 5,
  SIGNAL_SIGCONT: 6,
  SIGNAL_SIGFPE: 7,
  SIGNAL_SIGHUP: 8,
  SIGNAL_SIGILL: 9,
  SIGNAL_SIGINT: 10,
  SIGNAL_SIGIO: 11,
  SIGNAL_SIGIOT: 12,
  SIGNAL_SIGKILL: 13,
  SIGNAL_SIGPIPE: 14,
  SIGNAL_SIGPOLL: 15,
  SIGNAL_SIGPROF: 16,
  SIGNAL_SIGPWR: 17,
  SIGNAL_SIGQUIT: 18,
  SIGNAL_SIGSEGV: 19,
  SIGNAL_SIGSTKFLT: 20,
  SIGNAL_SIGSTOP: 21,
  SIGNAL_SIGSYS: 22,
  SIGNAL_SIGTERM: 23,
  SIGNAL_SIGTRAP: 24,
  SIGNAL_SIGTSTP: 25,
  SIGNAL_SIGTTIN: 26,
  SIGNAL_SIGTTOU: 27,
  SIGNAL_SIGURG: 28,
  SIGNAL_SIGUSR1: 29,
  SIGNAL_SIGUSR2: 30,
  SIGNAL_SIGVTALRM: 31,
  SIGNAL_SIGWINCH: 32,
  SIGNAL_SIGXCPU: 33,
  SIGNAL_SIGXFSZ: 34,
  SIGNAL_SIGRTMIN: 35,
  SIGNAL_SIGRTMINPLUS1: 36,
  SIGNAL_SIGRTMINPLUS2: 37,
  SIGNAL_SIGRTMINPLUS3: 38,
  SIGNAL_SIGRTMINPLUS4: 39,
  SIGNAL_SIGRTMINPLUS5: 40,
  SIGNAL_SIGRTMINPLUS6: 41,
  SIGNAL_SIGRTMINPLUS7: 42,
  SIGNAL_SIGRTMINPLUS8: 43,
  SIGNAL_SIGRTMINPLUS9: 44,
  SIGNAL_SIGRTMINPLUS10: 45,
  SIGNAL_SIGRTMINPLUS11: 46,
  SIGNAL_SIGRTMINPLUS12: 47,
  SIGNAL_SIGRTMINPLUS13: 48,
  SIGNAL_SIGRTMINPLUS14: 49,
  SIGNAL_SIGRTMINPLUS15: 50,
  SIGNAL_SIGRTMAXMINUS14: 51,
  SIGNAL_SIGRTMAXMINUS13: 52,
  SIGNAL_SIGRTMAXMINUS12: 53,
  SIGNAL_SIGRTMAXMINUS11: 54,
  SIGNAL_SIGRTMAXMINUS10: 55,
  SIGNAL_SIGRTMAXMINUS9: 56,
  SIGNAL_SIGRTMAXMINUS8: 57,
  SIGNAL_SIGRTMAXMINUS7: 58,
  SIGNAL_SIGRTMAXMINUS6: 59,
  SIGNAL_SIGRTMAXMINUS5: 60,
  SIGNAL_SIGRTMAXMINUS4: 61,
  SIGNAL_SIGRTMAXMINUS3: 62,
  SIGNAL_SIGRTMAXMINUS2: 63,
  SIGNAL_SIGRTMAXMINUS1: 64,
  SIGNAL_SIGRTMAX: 65,
} as const;

/** A number of Signal, or one of a newer client. */
export type Signal = number;
