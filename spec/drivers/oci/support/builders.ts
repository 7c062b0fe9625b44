/** Configurations as short as a spec can say them: everything not named is what a plain pod has. */
import { join } from "node:path";
import type { BundleRequest } from "../../../../src/drivers/oci/bundle.ts";
import type { CheckpointPlaces } from "../../../../src/drivers/oci/checkpoint.ts";
import type { Host } from "../../../../src/drivers/oci/host.ts";
import type {
  ContainerConfig,
  ContainerId,
  ContainerSecurity,
  ContainerUser,
  ExecId,
  ImageConfig,
  Resources,
  SandboxConfig,
  SandboxId,
} from "../../../../src/vocabulary/index.ts";

export const containerId = (name: string): ContainerId => name as ContainerId;
export const execId = (name: string): ExecId => name as ExecId;
export const sandboxId = (name: string): SandboxId => name as SandboxId;

export const hostNamespaces: ContainerSecurity["namespaces"] = {
  network: "node",
  pid: "container",
  ipc: "node",
  targetId: "",
  userNamespace: false,
};

export const containerUser = (overrides: Partial<ContainerUser> = {}): ContainerUser => ({
  supplementalGroups: [],
  groupsPolicy: "merge",
  ...overrides,
});

export const containerSecurity = (overrides: Partial<ContainerSecurity> = {}): ContainerSecurity => ({
  privileged: false,
  addCapabilities: [],
  dropCapabilities: [],
  addAmbientCapabilities: [],
  namespaces: hostNamespaces,
  user: containerUser(),
  readonlyRootfs: false,
  noNewPrivs: false,
  maskedPaths: [],
  readonlyPaths: [],
  seccomp: { type: "unconfined", localhostRef: "" },
  selinuxLabel: "",
  ...overrides,
});

export const resourcesOf = (overrides: Partial<Resources> = {}): Resources => ({
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
  ...overrides,
});

export const containerConfig = (overrides: Partial<ContainerConfig> = {}): ContainerConfig => ({
  name: "app",
  attempt: 0,
  image: "sha256:0",
  userSpecifiedImage: "busybox",
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
  resources: resourcesOf(),
  security: containerSecurity(),
  ...overrides,
});

export const imageConfig = (overrides: Partial<ImageConfig> = {}): ImageConfig => ({
  user: "",
  env: [],
  entrypoint: [],
  cmd: [],
  workingDir: "",
  stopSignal: "",
  volumes: [],
  labels: {},
  ...overrides,
});

export const sandboxConfig = (overrides: Partial<SandboxConfig> = {}): SandboxConfig => ({
  metadata: { name: "web", uid: "u-1", namespace: "shop", attempt: 0 },
  hostname: "web",
  logDirectory: "/var/log/pods/shop_web_u-1",
  portMappings: [],
  labels: {},
  annotations: {},
  cgroupParent: "",
  sysctls: {},
  namespaces: hostNamespaces,
  privileged: false,
  ...overrides,
});

export const bundleRequest = (overrides: Partial<BundleRequest> = {}): BundleRequest => ({
  id: containerId("c1"),
  sandboxId: sandboxId("s1"),
  handler: "crun",
  config: containerConfig({ command: ["sleep", "1000"] }),
  sandbox: sandboxConfig(),
  image: imageConfig(),
  rootfs: "/nowhere",
  namespaces: {},
  files: { hostname: "/f/hostname", resolvConf: "/f/resolv.conf", hosts: "/f/hosts", shm: "/f/shm" },
  hostname: "web",
  cgroupsPath: "/troupe/troupe-c1",
  features: { idmappedMounts: true, recursiveReadOnly: true, seccomp: true },
  ...overrides,
});

/** A plain v2 host with all that a container may ask for. */
export const host = (overrides: Partial<Host> = {}): Host => ({
  cgroup: { layout: "v2", controllers: new Set(["memory", "cpu", "pids", "hugetlb"]), swap: true },
  capabilities: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_NET_RAW", "CAP_SYS_ADMIN"],
  sysResource: true,
  oomScoreAdj: 0,
  limits: { RLIMIT_NOFILE: { soft: 1024, hard: 4096 } },
  architecture: "amd64",
  kernel: "6.18.44",
  apparmor: false,
  ...overrides,
});

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As if a container had a layer in `dir`, and no streams. */
export const checkpointPlaces = (dir: string): CheckpointPlaces => ({
  staging: () => join(dir, "checkpoint"),
  changes: () => join(dir, "changes"),
  streams: () => [],
});
