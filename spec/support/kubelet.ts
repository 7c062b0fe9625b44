/** What a kubelet does with a runtime, call by call, for specs of the whole daemon. It remembers every id that it is given. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { CallOptions, CriClient } from "../../src/grpc/client.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import type { ContainerConfig } from "../../src/grpc/messages/container-config.ts";
import { ContainerState, type ContainerStatus } from "../../src/grpc/messages/container.ts";
import type { PodSandboxConfig, PodSandboxStatus } from "../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { logLines } from "../../scripts/demo/witness.ts";
import { within } from "../../scripts/slow.ts";

export type PodConfig = Draft<PodSandboxConfig>;
export type AppConfig = Draft<ContainerConfig>;

export interface Pod {
  readonly id: string;
  readonly config: PodConfig;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const patience: CallOptions = { deadlineMs: within(30_000) };
const ownProcesses = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
export const hostNetwork = { ...ownProcesses, network: NamespaceMode.NODE };

export class Kubelet {
  readonly #client: () => CriClient;
  readonly #logs: string;
  readonly #image: string;
  /** Every id that it was ever given. */
  readonly ids = new Set<string>();

  constructor(client: () => CriClient, { logs, image }: { readonly logs: string; readonly image: string }) {
    this.#client = client;
    this.#logs = logs;
    this.#image = image;
  }

  /** A container's own processes in the pod's network: what kubelets mostly ask for. */
  readonly security = { namespace_options: ownProcesses };

  /** The client of the daemon's present life. */
  get cri(): CriClient {
    return this.#client();
  }

  podConfig(name: string, more: PodConfig = {}): PodConfig {
    return {
      metadata: { name, uid: `uid-${name}`, namespace: "e2e", attempt: 0 },
      hostname: name,
      log_directory: join(this.#logs, name),
      linux: { security_context: this.security },
      ...more,
    };
  }

  /** `script` is the shell's; `more` replaces fields. */
  appConfig(name: string, script: string, more: AppConfig = {}): AppConfig {
    return {
      metadata: { name, attempt: 0 },
      image: { image: this.#image },
      command: ["/bin/sh", "-c", script],
      log_path: `${name}.log`,
      linux: { security_context: this.security },
      ...more,
    };
  }

  async runPod(config: PodConfig, options: CallOptions & { readonly handler?: string } = {}): Promise<Pod> {
    const request = { config, runtime_handler: options.handler ?? "" };
    const { pod_sandbox_id: id } = await this.cri.call("RunPodSandbox", request, { ...patience, ...options });
    this.ids.add(id);
    return { id, config };
  }

  async create(pod: Pod, config: AppConfig, options: CallOptions = {}): Promise<string> {
    const request = { pod_sandbox_id: pod.id, config, sandbox_config: pod.config };
    const { container_id: id } = await this.cri.call("CreateContainer", request, { ...patience, ...options });
    this.ids.add(id);
    return id;
  }

  async start(id: string): Promise<void> {
    await this.cri.call("StartContainer", { container_id: id }, patience);
  }

  /** Created and started: its id. */
  async run(pod: Pod, name: string, script: string, more: AppConfig = {}): Promise<string> {
    const id = await this.create(pod, this.appConfig(name, script, more));
    await this.start(id);
    return id;
  }

  async stop(id: string, graceSeconds = 0): Promise<void> {
    await this.cri.call("StopContainer", { container_id: id, timeout: String(graceSeconds) }, patience);
  }

  async remove(id: string): Promise<void> {
    await this.cri.call("RemoveContainer", { container_id: id }, patience);
  }

  /** Stops and removes a pod with all that is in it. */
  async endPod({ id }: { readonly id: string }): Promise<void> {
    await this.cri.call("StopPodSandbox", { pod_sandbox_id: id }, patience);
    await this.cri.call("RemovePodSandbox", { pod_sandbox_id: id }, patience);
  }

  async status(id: string): Promise<ContainerStatus> {
    const { status } = await this.cri.call("ContainerStatus", { container_id: id }, patience);
    if (!status) throw new Error(`ContainerStatus of ${id} came without a status`);
    return status;
  }

  async podStatus({ id }: { readonly id: string }): Promise<PodSandboxStatus> {
    const { status } = await this.cri.call("PodSandboxStatus", { pod_sandbox_id: id }, patience);
    if (!status) throw new Error(`PodSandboxStatus of ${id} came without a status`);
    return status;
  }

  /** Asks until the container has ended, as a kubelet without events does. */
  exited(id: string, withinMs = 10_000): Promise<ContainerStatus> {
    return eventually(`the end of ${id}`, withinMs, async () => {
      const status = await this.status(id);
      return status.state === ContainerState.CONTAINER_EXITED ? status : undefined;
    });
  }

  async exec(id: string, ...cmd: readonly string[]): Promise<Ran> {
    const {
      stdout,
      stderr,
      exit_code: code,
    } = await this.cri.call("ExecSync", { container_id: id, cmd, timeout: String(within(10_000) / 1000) }, patience);
    return { stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString(), code };
  }

  /** What the shell says of `script` in a running container; throws where it fails. */
  async shell(id: string, script: string): Promise<string> {
    const { stdout, stderr, code } = await this.exec(id, "/bin/sh", "-c", script);
    if (code !== 0) throw new Error(`${script} ended with ${code}: ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  /** The lines of a container's log so far, streams mixed, without what the CRI format adds. */
  log({ config }: Pod, name: string): readonly string[] {
    const file = join(config.log_directory ?? "", `${name}.log`);
    return existsSync(file) ? logLines(file) : [];
  }

  /** Waits until the container has logged this line. */
  async logged(pod: Pod, name: string, line: string, withinMs = 10_000): Promise<void> {
    const look = (): true | undefined => this.log(pod, name).includes(line) || undefined;
    await eventually(`the line "${line}" of ${name}`, withinMs, look);
  }

  /** What its verbose status says of its life, as JSON. */
  async lifecycle(id: string): Promise<string> {
    const { info } = await this.cri.call("ContainerStatus", { container_id: id, verbose: true }, patience);
    return info["lifecycle"] ?? "";
  }

  async isReady(type: "RuntimeReady" | "NetworkReady"): Promise<{ ok: boolean; reason: string; message: string }> {
    const { status } = await this.cri.call("Status", {}, patience);
    const condition = status?.conditions.find((one) => one.type === type);
    if (!condition) throw new Error(`Status says nothing of ${type}`);
    return { ok: condition.status, reason: condition.reason, message: condition.message };
  }
}

/** Asks again every few milliseconds until there is an answer; the limit is for a machine of its own (scripts/slow.ts). */
export const eventually = async <Answer>(
  what: string,
  withinMs: number,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
): Promise<Answer> => {
  for (const until = performance.now() + within(withinMs); ; await pause(within(5))) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`${what} did not come within ${within(withinMs)} ms`);
  }
};
