/** Configurations for specs: whole, plain, and different only where a spec says so. */
import type { ContainerConfig, NamespaceOptions, SandboxConfig } from "../../src/vocabulary/index.ts";

const namespaces: NamespaceOptions = {
  network: "pod",
  pid: "container",
  ipc: "pod",
  targetId: "",
  userNamespace: false,
};

export const sandboxConfig = (name = "web", patch: Partial<SandboxConfig> = {}): SandboxConfig => ({
  metadata: { name, uid: `uid-${name}`, namespace: "default", attempt: 0 },
  hostname: name,
  logDirectory: "",
  portMappings: [],
  labels: {},
  annotations: {},
  cgroupParent: "",
  sysctls: {},
  namespaces,
  privileged: false,
  ...patch,
});

export const containerConfig = (name = "app", patch: Partial<ContainerConfig> = {}): ContainerConfig => ({
  name,
  attempt: 0,
  image: "sha256:fake",
  userSpecifiedImage: "",
  command: [],
  args: [],
  workingDir: "",
  envs: [],
  mounts: [],
  devices: [],
  cdiDevices: [],
  labels: {},
  annotations: {},
  logPath: "",
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {
    cpuPeriod: 0,
    cpuQuota: 0,
    cpuShares: 0,
    memoryLimitBytes: 0,
    memorySwapLimitBytes: 0,
    oomScoreAdj: 0,
    cpusetCpus: "",
    cpusetMems: "",
    hugepageLimits: [],
    unified: {},
  },
  security: {
    privileged: false,
    addCapabilities: [],
    dropCapabilities: [],
    addAmbientCapabilities: [],
    namespaces,
    user: { supplementalGroups: [], groupsPolicy: "merge" },
    readonlyRootfs: false,
    noNewPrivs: false,
    maskedPaths: [],
    readonlyPaths: [],
    seccomp: { type: "runtimeDefault", localhostRef: "" },
    selinuxLabel: "",
  },
  ...patch,
});

/** A configuration with bytes that differ exactly when the configuration does. */
export const configured = <Config>(config: Config): { config: Config; bytes: Uint8Array } => ({
  config,
  bytes: Buffer.from(JSON.stringify(config)),
});
