/**
 * CRI configurations as the rest of Troupe reads them: plain data, made from protobuf by `grpc/from-cri`.
 * They never enter machines, events or recordings, which know them by id.
 */

/** CRI NamespaceMode. `target` joins another container's process namespace. */
export type NamespaceMode = "pod" | "container" | "node" | "target";

/** `length` ids from `containerId` inside are those from `hostId` outside. */
export interface IdMapping {
  readonly containerId: number;
  readonly hostId: number;
  readonly length: number;
}

export interface IdMappings {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId: string;
  /** Of the pod's own user namespace: one of each, with root in it. False: the host's, or of a container: as its pod. */
  readonly userNamespace: IdMappings | false;
}

export interface SecurityProfile {
  readonly type: "runtimeDefault" | "unconfined" | "localhost";
  /** Absolute path (seccomp) or profile name (AppArmor), with `localhost`. */
  readonly localhostRef: string;
}

export interface SandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface PortMapping {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly containerPort: number;
  /** 0: no mapping asked for. */
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface SandboxConfig {
  readonly metadata: SandboxMetadata;
  readonly hostname: string;
  /** Absolute, or empty: containers then have no log. */
  readonly logDirectory: string;
  /** Absent: the containers see the host's resolv.conf. */
  readonly dns?: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** As the kubelet gave it; empty: none. */
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly namespaces: NamespaceOptions;
  readonly privileged: boolean;
  /** SELinux options of the pod, `user:role:type:level`; what is empty or absent is the host's default. */
  readonly selinuxLabel?: string;
  readonly sums?: PodSums;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly recursiveReadOnly: boolean;
  readonly propagation: "private" | "hostToContainer" | "bidirectional";
  /** On hosts with SELinux the source gets the container's label for files. */
  readonly selinuxRelabel?: true;
  /** An image's files, and no path of the host's, which is "" then. */
  readonly image?: ImageVolume;
  /** Ids of its files as the container sees them; absent: as they are on the disk. */
  readonly mappings?: IdMappings;
  /** Flags of its own, besides. */
  readonly options?: readonly MountOption[];
}

export interface ImageVolume {
  /** What CRI calls image.image: mostly an image id. */
  readonly image: string;
  readonly userSpecifiedImage: string;
  /** Relative to the image's root; "": all of it. */
  readonly subPath: string;
}

export type MountOption = "noexec" | "nodev" | "nosuid";

export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Some of `rwm`. */
  readonly permissions: string;
}

/** Linux resources; 0, "" and absent mean "not given". */
export interface Resources {
  readonly cpuPeriod: number;
  readonly cpuQuota: number;
  readonly cpuShares: number;
  readonly memoryLimitBytes: number;
  readonly memorySwapLimitBytes: number;
  readonly oomScoreAdj: number;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly hugepageLimits: readonly { readonly pageSize: string; readonly limit: number }[];
  readonly unified: Readonly<Record<string, string>>;
}

/** Sums over a pod for people and for runtimes that need them; the pod's cgroup is the client's. */
export interface PodSums {
  readonly overhead?: Resources;
  readonly resources?: Resources;
}

export interface ContainerUser {
  /** `run_as_username`; wins over `uid`. */
  readonly name?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly supplementalGroups: readonly number[];
  /** Merge: the image's /etc/group counts too. */
  readonly groupsPolicy: "merge" | "strict";
}

export interface ContainerSecurity {
  readonly privileged: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly addAmbientCapabilities: readonly string[];
  readonly namespaces: NamespaceOptions;
  readonly user: ContainerUser;
  readonly readonlyRootfs: boolean;
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
  /** Absent: the host's default, where AppArmor is on. */
  readonly apparmor?: SecurityProfile;
  /** `user:role:type:level`; what is empty is the pod's, or the host's default. */
  readonly selinuxLabel: string;
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  /** What CRI calls image.image: mostly an image id. */
  readonly image: string;
  /** What the pod said; empty from older clients. */
  readonly userSpecifiedImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  /** Values are bytes (CRI 1.37): never re-encode them. */
  readonly envs: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  /** Devices of the Container Device Interface: `vendor.com/class=name`. */
  readonly cdiDevices: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory; empty: no log. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: Resources;
  readonly security: ContainerSecurity;
  /** Linux signal number that overrides the image's; absent: the image's or SIGTERM. */
  readonly stopSignal?: number;
}
