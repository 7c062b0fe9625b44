/** What of this host and of this daemon's own rights decides what a container can be given. Read once at start. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { capabilitiesIn } from "./spec/capabilities.ts";

export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

/** Of the cgroup driver's facts, those that a configuration depends on. */
export interface CgroupAbilities {
  readonly layout: "v2" | "v1" | "hybrid";
  readonly controllers: ReadonlySet<string>;
  /** Swap limits can be set. */
  readonly swap: boolean;
}

export interface Host {
  readonly cgroup: CgroupAbilities;
  /** Our bounding set, `CAP_CHOWN` …: more than that no container can have. */
  readonly capabilities: readonly string[];
  /** We have CAP_SYS_RESOURCE: limits may be raised and oom_score_adj lowered. */
  readonly sysResource: boolean;
  readonly oomScoreAdj: number;
  /** Our own resource limits by name: `RLIMIT_NOFILE` …. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** Go's name of the machine, as seccomp profiles use it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** `6.18.44`. */
  readonly kernel: string;
  readonly apparmor: boolean;
  /** Labels of containers by the host's policy; absent: SELinux is off. */
  readonly selinux?: SelinuxDefaults;
}

export interface SelinuxDefaults {
  readonly process: string;
  readonly file: string;
}

/** Throws Node's error where /proc is not there. */
export const readHost = (cgroup: CgroupAbilities): Host => {
  const status = readFileSync("/proc/self/status", "utf8");
  return {
    cgroup,
    capabilities: capabilitiesIn(maskIn(status, "CapBnd")),
    sysResource: capabilitiesIn(maskIn(status, "CapEff")).includes("CAP_SYS_RESOURCE"),
    oomScoreAdj: Number(readFileSync("/proc/self/oom_score_adj", "utf8")),
    limits: parseLimits(readFileSync("/proc/self/limits", "utf8")),
    architecture: architectures[process.arch] ?? process.arch,
    kernel: /^\d+(\.\d+)*/.exec(release())?.[0] ?? "0",
    apparmor: readIfThere("/sys/module/apparmor/parameters/enabled").trim() === "Y",
    ...(existsSync("/sys/fs/selinux/enforce") && { selinux: selinuxDefaults(readIfThere) }),
  };
};

/** selabel_lookup's file for containers, which the policy of this host ships (container_contexts(5)). */
export const selinuxDefaults = (read: (path: string) => string): SelinuxDefaults => {
  const policy = /^SELINUXTYPE=(\w+)/m.exec(read("/etc/selinux/config"))?.[1] ?? "targeted";
  const contexts = read(`/etc/selinux/${policy}/contexts/lxc_contexts`);
  const label = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*"?([^"\\s]+)`, "m").exec(contexts)?.[1];
  return {
    process: label("process") ?? "system_u:system_r:container_t:s0",
    file: label("file") ?? "system_u:object_r:container_file_t:s0",
  };
};

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  mipsel: "mipsle",
  ppc64: "ppc64le",
};

const maskIn = (status: string, field: string): bigint =>
  BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)`, "m").exec(status)?.[1] ?? "0"}`);

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The words of /proc/PID/limits for the names of setrlimit(2). */
const limitNames: Readonly<Record<string, string>> = {
  "Max cpu time": "RLIMIT_CPU",
  "Max file size": "RLIMIT_FSIZE",
  "Max data size": "RLIMIT_DATA",
  "Max stack size": "RLIMIT_STACK",
  "Max core file size": "RLIMIT_CORE",
  "Max resident set": "RLIMIT_RSS",
  "Max processes": "RLIMIT_NPROC",
  "Max open files": "RLIMIT_NOFILE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max address space": "RLIMIT_AS",
  "Max file locks": "RLIMIT_LOCKS",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
};

/** By name; unlimited is Infinity. */
export const parseLimits = (text: string): Readonly<Record<string, Limit>> =>
  Object.fromEntries(
    [...text.matchAll(/^(Max [a-z ]+?)\s+(unlimited|\d+)\s+(unlimited|\d+)/gm)].flatMap(
      ([, words = "", soft = "", hard = ""]) => {
        const name = limitNames[words];
        return name ? [[name, { soft: limitOf(soft), hard: limitOf(hard) }]] : [];
      },
    ),
  );

const limitOf = (value: string): number => (value === "unlimited" ? Infinity : Number(value));
