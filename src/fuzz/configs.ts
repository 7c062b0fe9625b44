/** Configurations of simulated pods: a few fields, as bytes and as what is read from them. */
import type { Choices } from "./choices.ts";
import type { ContainerConfig, NamespaceMode, NamespaceOptions, SandboxConfig } from "../vocabulary/index.ts";

export interface PodShape {
  readonly name: string;
  readonly attempt: number;
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
}
export interface ContainerShape {
  readonly name: string;
  readonly attempt: number;
  readonly pid: NamespaceMode;
  /** Something in which two configurations of one name may differ. */
  readonly flavour: number;
}

export const drawPod = (choices: Choices): PodShape => ({
  name: "pod",
  attempt: 0,
  network: choices.chance(200) ? "node" : "pod",
  pid: choices.chance(300) ? "pod" : "container",
});

const namespacesOf = (network: NamespaceMode, pid: NamespaceMode): NamespaceOptions => ({
  ...{ network, pid, ipc: "pod", targetId: "", userNamespace: false },
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const bytesOf = (shape: PodShape | ContainerShape): Uint8Array => encoder.encode(JSON.stringify(shape));

const sandboxConfigs = new Map<string, SandboxConfig>();
const containerConfigs = new Map<string, ContainerConfig>();

/** One object for equal bytes: there are few, and each schedule reads them often. */
const once = <Config>(known: Map<string, Config>, bytes: Uint8Array, make: (text: string) => Config): Config => {
  const text = decoder.decode(bytes);
  const config = known.get(text) ?? make(text);
  known.set(text, config);
  return config;
};

export const sandboxConfigOf = (bytes: Uint8Array): SandboxConfig =>
  once(sandboxConfigs, bytes, (text) => {
    const { name, attempt, network, pid } = JSON.parse(text) as PodShape;
    return {
      metadata: { name, uid: name, namespace: "default", attempt },
      ...{ hostname: name, logDirectory: "", portMappings: [], labels: {}, annotations: {}, cgroupParent: "" },
      ...{ sysctls: {}, namespaces: namespacesOf(network, pid), privileged: false },
    };
  });

const none = { type: "unconfined", localhostRef: "" } as const;
const resources = {
  ...{ cpuPeriod: 0, cpuQuota: 0, cpuShares: 0, memoryLimitBytes: 0, memorySwapLimitBytes: 0, oomScoreAdj: 0 },
  ...{ cpusetCpus: "", cpusetMems: "", hugepageLimits: [], unified: {} },
};

export const containerConfigOf = (bytes: Uint8Array): ContainerConfig =>
  once(containerConfigs, bytes, (text) => {
    const { name, attempt, pid } = JSON.parse(text) as ContainerShape;
    return {
      ...{ name, attempt, image: "image", userSpecifiedImage: "image", command: [], args: [], workingDir: "" },
      ...{ envs: [], mounts: [], devices: [], labels: {}, annotations: {}, logPath: "" },
      ...{ stdin: false, stdinOnce: false, tty: false, resources },
      security: {
        ...{ privileged: false, addCapabilities: [], dropCapabilities: [], addAmbientCapabilities: [] },
        namespaces: namespacesOf("pod", pid),
        user: { supplementalGroups: [], groupsPolicy: "merge" },
        ...{ readonlyRootfs: false, noNewPrivs: false, maskedPaths: [], readonlyPaths: [], seccomp: none },
        selinuxLabel: "",
      },
    };
  });
