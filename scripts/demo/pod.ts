/** The pod that the demo runs, as a kubelet would describe it. */
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import { image, logs } from "./place.ts";
import { expectEqual, type Stage } from "./stage.ts";

/** Serves a page, counts into its log, and ends as it likes when it is asked to. */
const web = `
trap 'echo stopped by TERM; exit 3' TERM
mkdir -p /www
echo "hello from the pod" > /www/index.html
httpd -f -p 80 -h /www &
i=0
while :; do echo "line $i"; i=$((i + 1)); usleep 3000; done`;

/** Ends when someone knocks. */
const job = "nc -l -p 7007 < /dev/null > /dev/null; exit 7";

export const knockPort = 7007;
export const scripts = { web, job } as const;
export type ContainerName = keyof typeof scripts;

export const sandboxConfig = {
  metadata: { name: "demo", uid: "7b0c5f9e-demo", namespace: "default", attempt: 0 },
  hostname: "demo",
  log_directory: logs,
  dns_config: { servers: ["192.0.2.53"], searches: ["cluster.local"], options: [] },
  labels: { app: "demo" },
  linux: { security_context: { namespace_options: { network: 0, pid: 1, ipc: 0 } } },
};

export const containerConfig = (name: ContainerName) => ({
  metadata: { name, attempt: 0 },
  image: { image },
  command: ["/bin/sh", "-c", scripts[name], name],
  log_path: `${name}.log`,
  labels: { app: "demo" },
  linux: {
    resources: { memory_limit_in_bytes: String(64 << 20), cpu_shares: "128" },
    security_context: { namespace_options: { network: 0, pid: 1, ipc: 0 }, seccomp: { profile_type: 0 } },
  },
});

export const createContainer = async (stage: Stage, name: ContainerName, sandboxId: string): Promise<string> => {
  const { container_id: id } = await stage.call("CreateContainer", {
    pod_sandbox_id: sandboxId,
    config: containerConfig(name),
    sandbox_config: sandboxConfig,
  });
  stage.story.name(id, name);
  return id;
};

const stateName = (state: number): string => Object.keys(ContainerState)[state] ?? String(state);

export const statusOf = async (stage: Stage, id: string): Promise<ContainerStatus> => {
  const { status } = await stage.call("ContainerStatus", { container_id: id, verbose: true });
  if (!status) throw new Error(`ContainerStatus of ${id} came without a status`);
  return status;
};

/** A start that was repeated after the daemon's death finds the container running: as the kubelet would, look before failing. */
export const startContainer = async (stage: Stage, id: string): Promise<void> => {
  try {
    await stage.call("StartContainer", { container_id: id });
  } catch (error) {
    const { state } = await statusOf(stage, id);
    if (state !== ContainerState.CONTAINER_RUNNING)
      throw new Error(`the container is ${stateName(state)}, yet it is not started`, { cause: error });
  }
};

export const expectState = async (
  stage: Stage,
  id: string,
  state: keyof typeof ContainerState,
): Promise<ContainerStatus> => {
  const status = await statusOf(stage, id);
  expectEqual(`the state of container ${status.metadata?.name}`, stateName(status.state), state);
  return status;
};
