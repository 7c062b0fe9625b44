/** Pods with a user namespace of their own, for the specs of what is seen in them and of what is told of them. */
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import type { AppConfig, Pod, PodConfig } from "./kubelet.ts";
import type { TestBed } from "./test-bed.ts";

export const ids = [{ host_id: 200_000, container_id: 0, length: 65_536 }];
export const own = { mode: NamespaceMode.POD, uids: ids, gids: ids };
export const security = { namespace_options: { pid: NamespaceMode.CONTAINER, userns_options: own } };
export const linux = { security_context: security };

/** `bed`: looked up at each call, for a spec makes it late. */
export const podsWithOwnUsers = (bed: () => TestBed) => {
  const podOf = (more: PodConfig = {}): Promise<Pod> =>
    bed().kubelet.runPod(bed().kubelet.podConfig("pod", { linux, ...more }));
  const run = (pod: Pod, script: string, more: AppConfig = {}): Promise<string> =>
    bed().kubelet.run(pod, "app", script, { linux, ...more });
  const withPod = async (work: (pod: Pod) => Promise<void>, more: PodConfig = {}): Promise<void> => {
    const pod = await podOf(more);
    await work(pod);
    await bed().kubelet.endPod(pod);
  };
  return { podOf, run, withPod };
};
