/** The parts of config.json (runtime-spec 1.0.2, config.md and config-linux.md) that Troupe writes. What is undefined is not written. */

export interface Spec {
  readonly ociVersion: string;
  readonly process: Process;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname?: string | undefined;
  readonly mounts: readonly SpecMount[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly hooks?: Hooks | undefined;
  readonly linux: Linux;
}

export const hookStages = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;
export type HookStage = (typeof hookStages)[number];

export interface Hook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

export type Hooks = Readonly<Partial<Record<HookStage, readonly Hook[]>>>;

export interface Process {
  readonly terminal: boolean;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids: readonly number[];
    readonly umask?: number | undefined;
  };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: Capabilities;
  readonly rlimits: readonly { readonly type: string; readonly soft: number; readonly hard: number }[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  readonly apparmorProfile?: string | undefined;
  readonly selinuxLabel?: string | undefined;
}

export interface Capabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  readonly uidMappings?: readonly SpecMapping[] | undefined;
  readonly gidMappings?: readonly SpecMapping[] | undefined;
}

export interface SpecMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface Namespace {
  readonly type: "mount" | "user" | "pid" | "network" | "ipc" | "uts" | "cgroup";
  /** Absent: a new one. */
  readonly path?: string | undefined;
}

export interface DeviceNode {
  readonly path: string;
  readonly type: "b" | "c" | "p";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: "a" | "b" | "c";
  readonly major?: number | undefined;
  readonly minor?: number | undefined;
  readonly access: string;
}

export interface SpecResources {
  readonly devices: readonly DeviceRule[];
  readonly memory: { readonly limit: number | undefined; readonly swap: number | undefined };
  readonly cpu: {
    readonly shares?: number | undefined;
    readonly quota?: number | undefined;
    readonly period?: number | undefined;
    readonly cpus?: string | undefined;
    readonly mems?: string | undefined;
  };
  readonly pids?: { readonly limit: number } | undefined;
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[] | undefined;
  readonly unified?: Readonly<Record<string, string>> | undefined;
}

export interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number | undefined;
  readonly op: string;
}

export interface Seccomp {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | undefined;
  readonly architectures: readonly string[];
  readonly flags?: readonly string[] | undefined;
  readonly listenerPath?: string | undefined;
  readonly listenerMetadata?: string | undefined;
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet?: number | undefined;
    readonly args?: readonly SeccompArgument[] | undefined;
  }[];
}

/** Cache and memory bandwidth by resctrl: a class that is there, or what one is to have. */
export interface IntelRdt {
  readonly closID?: string;
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
  readonly schemata?: readonly string[];
  readonly enableMonitoring?: boolean;
  readonly enableCMT?: boolean;
  readonly enableMBM?: boolean;
}

export interface Linux {
  readonly namespaces: readonly Namespace[];
  /** Of the user namespace, also of one that is joined. */
  readonly uidMappings?: readonly SpecMapping[] | undefined;
  readonly gidMappings?: readonly SpecMapping[] | undefined;
  readonly cgroupsPath: string;
  readonly resources: SpecResources;
  readonly devices: readonly DeviceNode[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly rootfsPropagation?: string | undefined;
  readonly seccomp?: Seccomp | undefined;
  readonly intelRdt?: IntelRdt | undefined;
  readonly mountLabel?: string | undefined;
}
