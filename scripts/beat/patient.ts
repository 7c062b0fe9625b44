/** A client with a kubelet's habits: a call that failed is looked into by a List or a Status, and made again. */
import { setTimeout as pause } from "node:timers/promises";
import { CriError } from "../../src/grpc/client.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import type { AppConfig, Kubelet, Pod, PodConfig } from "../../spec/support/kubelet.ts";

const TRIES = 40;
/** A kubelet's next sync comes in seconds. */
const REST_MS = 25;

export class Patient {
  readonly kubelet: Kubelet;
  /** Resolves when nothing is being killed: until then another try is idle. */
  readonly quiet: () => Promise<void>;
  /** What it was refused with, in the order of its calls. */
  readonly heard: string[] = [];

  constructor(kubelet: Kubelet, quiet: () => Promise<void>) {
    this.kubelet = kubelet;
    this.quiet = quiet;
  }

  /** Asks until it is done; `look` says whether a call that failed was done all the same. */
  async insist<Result>(ask: () => Promise<Result>, look?: () => Promise<Result | undefined>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof CriError) || tries === TRIES) throw error;
        this.heard.push(error.message);
        await this.quiet();
        await pause(REST_MS);
        const done = await look?.().catch(() => undefined);
        if (done !== undefined) return done;
      }
    }
  }

  runPod(config: PodConfig, handler: string): Promise<Pod> {
    const { kubelet } = this;
    return this.insist(
      () => kubelet.runPod(config, { handler }),
      async () => {
        const { items } = await kubelet.cri.call("ListPodSandbox", {
          filter: { state: { state: PodSandboxState.SANDBOX_READY } },
        });
        const found = items.find(({ metadata }) => metadata?.uid === config.metadata?.uid);
        if (found) kubelet.ids.add(found.id);
        return found && { id: found.id, config };
      },
    );
  }

  create(pod: Pod, app: AppConfig): Promise<string> {
    const { kubelet } = this;
    return this.insist(
      () => kubelet.create(pod, app),
      async () => {
        const { containers } = await kubelet.cri.call("ListContainers", { filter: { pod_sandbox_id: pod.id } });
        const { name, attempt } = app.metadata ?? {};
        return containers.find(({ metadata }) => metadata?.name === name && metadata?.attempt === attempt)?.id;
      },
    );
  }

  start(id: string): Promise<true> {
    const { kubelet } = this;
    return this.insist<true>(
      () => kubelet.start(id).then(() => true),
      async () => {
        const { state } = await kubelet.status(id);
        return state === ContainerState.CONTAINER_CREATED ? undefined : true;
      },
    );
  }
}
