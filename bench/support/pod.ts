/** Pods as a kubelet would ask for them, the same for every system, and their lives by CRI. */
import type { CriClient } from "../../src/grpc/client.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import type { ContainerConfig } from "../../src/grpc/messages/container-config.ts";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import { image, logs } from "./place.ts";

const deadlineMs = 120_000;
const graceSeconds = "10";

/** NamespaceMode of CRI. */
const [POD, CONTAINER, NODE] = [0, 1, 2];

export const variants = {
  "pid-container": { network: POD, pid: CONTAINER, ipc: POD },
  "pid-pod": { network: POD, pid: POD, ipc: POD },
  "host-network": { network: NODE, pid: CONTAINER, ipc: POD },
} as const;
export type Variant = keyof typeof variants;

/** Does nothing, and ends at once when it is asked to. */
export const idle = "trap 'exit 0' TERM; sleep 2147483647 & wait";

/** The kubelet names a parent for every pod; it is its own to remove. */
export const cgroupParent = "/bench";

const sandboxConfig = (name: string, variant: Variant) => ({
  metadata: { name, uid: `uid-of-${name}`, namespace: "bench", attempt: 0 },
  hostname: variant === "host-network" ? "" : name,
  log_directory: logs,
  dns_config: { servers: ["192.0.2.53"], searches: ["cluster.local"], options: [] },
  labels: { app: "bench", pod: name },
  linux: { cgroup_parent: cgroupParent, security_context: { namespace_options: variants[variant] } },
});

export interface More extends Partial<Pick<Draft<ContainerConfig>, "mounts" | "tty" | "stdin">> {
  /** Another image than the bench's. */
  readonly of?: string;
}

const containerConfig = (name: string, variant: Variant, script: string, { of = image, ...more }: More) => ({
  metadata: { name, attempt: 0 },
  image: { image: of },
  command: ["/bin/sh", "-c", script, name],
  log_path: `${name}.log`,
  labels: { app: "bench", container: name },
  linux: {
    resources: { memory_limit_in_bytes: String(64 << 20), cpu_shares: "128" },
    security_context: { namespace_options: variants[variant], seccomp: { profile_type: 0 } },
  },
  ...more,
});

export interface Pod {
  readonly name: string;
  readonly variant: Variant;
  readonly sandbox: string;
}

export const runPod = async (client: CriClient, name: string, variant: Variant): Promise<Pod> => {
  const config = sandboxConfig(name, variant);
  const { pod_sandbox_id: sandbox } = await client.call("RunPodSandbox", { config }, { deadlineMs });
  return { name, variant, sandbox };
};

/** `name` is also the last word of the container's command line: by that it can be found among processes. */
export const createContainer = async (
  client: CriClient,
  { name: pod, variant, sandbox }: Pod,
  name: string,
  script: string,
  more: More = {},
): Promise<string> => {
  const request = {
    pod_sandbox_id: sandbox,
    config: containerConfig(name, variant, script, more),
    sandbox_config: sandboxConfig(pod, variant),
  };
  return (await client.call("CreateContainer", request, { deadlineMs })).container_id;
};

export const startContainer = (client: CriClient, id: string): Promise<unknown> =>
  client.call("StartContainer", { container_id: id }, { deadlineMs });

export const stopContainer = (client: CriClient, id: string): Promise<unknown> =>
  client.call("StopContainer", { container_id: id, timeout: graceSeconds }, { deadlineMs });

export const removeContainer = (client: CriClient, id: string): Promise<unknown> =>
  client.call("RemoveContainer", { container_id: id }, { deadlineMs });

export const stopPod = (client: CriClient, { sandbox }: Pod): Promise<unknown> =>
  client.call("StopPodSandbox", { pod_sandbox_id: sandbox }, { deadlineMs });

export const removePod = (client: CriClient, { sandbox }: Pod): Promise<unknown> =>
  client.call("RemovePodSandbox", { pod_sandbox_id: sandbox }, { deadlineMs });

/** A pod with a container that idles. */
export interface Life {
  readonly pod: Pod;
  readonly container: string;
}

export const startPod = async (client: CriClient, name: string, variant: Variant = "pid-container"): Promise<Life> => {
  const pod = await runPod(client, name, variant);
  const container = await createContainer(client, pod, name, idle);
  await startContainer(client, container);
  return { pod, container };
};

/** Stopped and removed, as the kubelet does it. */
export const endPod = async (client: CriClient, { pod, container }: Life): Promise<void> => {
  await stopContainer(client, container);
  await stopPod(client, pod);
  await removeContainer(client, container);
  await removePod(client, pod);
};

export const statusOf = async (client: CriClient, id: string): Promise<ContainerStatus> => {
  const { status } = await client.call("ContainerStatus", { container_id: id }, { deadlineMs });
  if (!status) throw new Error(`ContainerStatus of ${id} came without a status`);
  return status;
};

/** The status of a container, once it has exited; `pause` is between two questions. */
export const exitedStatus = async (client: CriClient, id: string, pause: () => Promise<unknown>) => {
  for (;;) {
    const status = await statusOf(client, id);
    if (status.state === ContainerState.CONTAINER_EXITED) return status;
    await pause();
  }
};
