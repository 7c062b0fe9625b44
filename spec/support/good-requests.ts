/** A request of each call that does well, out of which bad ones are made. Nothing is changed by those that are not creations. */
import { join } from "node:path";
import type { MethodName, Request } from "../../src/grpc/contract.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import type { Pod } from "./kubelet.ts";
import type { TestBed } from "./test-bed.ts";

type GoodRequests = { readonly [M in MethodName]: Draft<Request<M>> };

export const UNKNOWN_ID = "f".repeat(64);

/** `app` runs in `pod`. What would end something is about nobody. */
export const goodRequests = ({ kubelet, image, logs }: TestBed, pod: Pod, app: string): GoodRequests => {
  const ofPod = { pod_sandbox_id: pod.id };
  const ofApp = { container_id: app };
  const filter = {};
  const named = { image: { image } };
  return {
    Version: { version: "0.1.0" },
    RunPodSandbox: { config: kubelet.podConfig("bad"), runtime_handler: "crun" },
    StopPodSandbox: { pod_sandbox_id: UNKNOWN_ID },
    RemovePodSandbox: { pod_sandbox_id: UNKNOWN_ID },
    PodSandboxStatus: ofPod,
    ListPodSandbox: { filter },
    StreamPodSandboxes: { filter },
    CreateContainer: {
      ...ofPod,
      sandbox_config: pod.config,
      config: kubelet.appConfig("bad", "sleep 60", {
        args: ["a"],
        envs: [{ key: "KEY", value: Buffer.from("value") }],
        mounts: [{ container_path: "/mounted", host_path: join(logs, "mounted") }],
        devices: [{ container_path: "/dev/also-null", host_path: "/dev/null" }],
        linux: { security_context: { ...kubelet.security, run_as_user: { value: "0" } } },
      }),
    },
    StartContainer: ofApp,
    StopContainer: { container_id: UNKNOWN_ID },
    RemoveContainer: { container_id: UNKNOWN_ID },
    ListContainers: { filter },
    StreamContainers: { filter },
    ContainerStatus: ofApp,
    UpdateContainerResources: { ...ofApp, linux: { cpu_shares: "100" } },
    ReopenContainerLog: ofApp,
    ExecSync: { ...ofApp, cmd: ["true"], timeout: "10" },
    Exec: { ...ofApp, cmd: ["true"], stdout: true },
    Attach: { ...ofApp, stdout: true },
    PortForward: { ...ofPod, port: [80] },
    ContainerStats: ofApp,
    ListContainerStats: { filter },
    StreamContainerStats: { filter },
    PodSandboxStats: ofPod,
    ListPodSandboxStats: { filter },
    StreamPodSandboxStats: { filter },
    UpdateRuntimeConfig: { runtime_config: { network_config: { pod_cidr: "10.1.0.0/16" } } },
    Status: {},
    CheckpointContainer: { ...ofApp, location: join(logs, "checkpoint") },
    CheckpointPod: ofPod,
    RestorePod: { checkpoint_path: join(logs, "checkpoint") },
    GetContainerEvents: {},
    ListMetricDescriptors: {},
    ListPodSandboxMetrics: {},
    StreamPodSandboxMetrics: {},
    RuntimeConfig: {},
    UpdatePodSandboxResources: { ...ofPod, resources: { cpu_shares: "100" } },
    ListImages: { filter },
    StreamImages: { filter },
    ImageStatus: named,
    PullImage: named,
    RemoveImage: { image: { image: "nobody/has:this" } },
    ImageFsInfo: {},
  };
};
