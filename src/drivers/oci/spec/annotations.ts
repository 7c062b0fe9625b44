/**
 * Annotations of config.json that other programs read: gVisor and Kata tell sandboxes from containers by them, in containerd's
 * words or in CRI-O's, so both are written. The pod's own are not passed on, for some runtimes obey annotations (`run.oci.*`,
 * `org.systemd.property.*`): only those which the operator allows this handler.
 */
import { handedOn } from "../../../vocabulary/index.ts";
import type { BundleRequest } from "../bundle.ts";
import type { SpecResources } from "./runtime-spec.ts";

export const annotations = (
  { id, sandboxId, config, sandbox, cgroupsPath }: AnnotatedRequest,
  pids: SpecResources["pids"],
  allowed: readonly string[],
): Readonly<Record<string, string>> => ({
  ...handedOn({ ...config.annotations, ...sandbox.annotations }, allowed),
  "io.container.manager": "troupe",
  "io.kubernetes.cri.container-type": "container",
  "io.kubernetes.cri.container-name": config.name,
  "io.kubernetes.cri.image-name": config.userSpecifiedImage || config.image,
  "io.kubernetes.cri.sandbox-id": sandboxId,
  "io.kubernetes.cri.sandbox-name": sandbox.metadata.name,
  "io.kubernetes.cri.sandbox-namespace": sandbox.metadata.namespace,
  "io.kubernetes.cri.sandbox-uid": sandbox.metadata.uid,
  "io.kubernetes.cri.sandbox-log-directory": sandbox.logDirectory,
  "io.kubernetes.cri-o.ContainerType": "container",
  "io.kubernetes.cri-o.ContainerID": id,
  "io.kubernetes.cri-o.SandboxID": sandboxId,
  // crun (1.8) limits a cgroup below the scope, whose own limit is systemd's default, unless it is told otherwise here.
  ...(pids && cgroupsPath.includes(":") && { "org.systemd.property.TasksMax": `uint64 ${pids.limit}` }),
});

type AnnotatedRequest = Pick<BundleRequest, "id" | "sandboxId" | "config" | "sandbox" | "cgroupsPath">;
