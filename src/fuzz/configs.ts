/** Configurations of simulated pods: a few fields, as bytes and as what is read from them. */
import type { Choices } from "./choices.ts";
import type { InputShape, Streaming } from "./streaming.ts";
import type { ContainerConfig, NamespaceMode, NamespaceOptions, SandboxConfig } from "../vocabulary/index.ts";

export interface PodShape {
  readonly name: string;
  readonly attempt: number;
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  /** Later containers join the processes of one that runs. */
  readonly targets?: boolean;
  /** It has a user namespace of its own. */
  readonly users?: boolean;
  /** Absent: its containers take no input. */
  readonly streaming?: Streaming;
}
export interface ContainerShape {
  readonly name: string;
  readonly attempt: number;
  readonly pid: NamespaceMode;
  /** Id of the container whose processes it joins. */
  readonly target?: string;
  /** Something in which two configurations of one name may differ. */
  readonly flavour: number;
  readonly input?: InputShape;
}

export const drawPod = (choices: Choices): PodShape => ({
  name: "pod",
  attempt: 0,
  network: choices.chance(200) ? "node" : "pod",
  pid: choices.chance(300) ? "pod" : "container",
});

/** Drawn last, so that older tapes stay what they were: there it is chosen as plain as can be. */
export const drawSharing = (choices: Choices, pod: PodShape): PodShape => ({
  ...pod,
  targets: choices.chance(200),
  users: choices.chance(200),
});

const namespacesOf = (network: NamespaceMode, pid: NamespaceMode, targetId = ""): NamespaceOptions => ({
  ...{ network, pid, ipc: "pod", targetId, userNamespace: false },
});

const ids = [{ containerId: 0, hostId: 65_536, length: 65_536 }];
const userNamespace = { uids: ids, gids: ids };

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

/** `otherwise`: another configuration of the same name. */
export const containerShapeOf = (
  { pid, streaming }: PodShape,
  name: string,
  attempt: number,
  otherwise: boolean,
  target?: string,
): ContainerShape => {
  const input = streaming?.inputs[name];
  const joining = target === undefined ? { pid } : ({ pid: "target", target } as const);
  return { name, attempt, ...joining, flavour: otherwise ? 1 : 0, ...(input && { input }) };
};

export const sandboxConfigOf = (bytes: Uint8Array): SandboxConfig =>
  once(sandboxConfigs, bytes, (text) => {
    const { name, attempt, network, pid, users } = JSON.parse(text) as PodShape;
    return {
      metadata: { name, uid: name, namespace: "default", attempt },
      ...{ hostname: name, logDirectory: "", portMappings: [], labels: {}, annotations: {}, cgroupParent: "" },
      ...{
        sysctls: {},
        namespaces: { ...namespacesOf(network, pid), ...(users === true && { userNamespace }) },
        privileged: false,
      },
    };
  });

const none = { type: "unconfined", localhostRef: "" } as const;
const resources = {
  ...{ cpuPeriod: 0, cpuQuota: 0, cpuShares: 0, memoryLimitBytes: 0, memorySwapLimitBytes: 0, oomScoreAdj: 0 },
  ...{ cpusetCpus: "", cpusetMems: "", hugepageLimits: [], unified: {} },
};

export const containerConfigOf = (bytes: Uint8Array): ContainerConfig =>
  once(containerConfigs, bytes, (text) => {
    const { name, attempt, pid, target, input = "none" } = JSON.parse(text) as ContainerShape;
    return {
      ...{ name, attempt, image: "image", userSpecifiedImage: "image", command: [], args: [], workingDir: "" },
      ...{ envs: [], mounts: [], devices: [], cdiDevices: [], labels: {}, annotations: {}, logPath: "" },
      ...{ stdin: input !== "none", stdinOnce: input === "once" || input === "tty", tty: input === "tty", resources },
      security: {
        ...{ privileged: false, addCapabilities: [], dropCapabilities: [], addAmbientCapabilities: [] },
        namespaces: namespacesOf("pod", pid, target),
        user: { supplementalGroups: [], groupsPolicy: "merge" },
        ...{ readonlyRootfs: false, noNewPrivs: false, maskedPaths: [], readonlyPaths: [], seccomp: none },
        selinuxLabel: "",
      },
    };
  });
