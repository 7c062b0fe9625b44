/** Sandboxes as the kubelet hears of them. Labels and annotations go back as they came. */
import type { NamespaceMode, NamespaceOptions, SandboxView } from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import { PodSandboxState, type PodSandbox, type PodSandboxStatus } from "../messages/sandbox.ts";
import { linuxResources } from "./container.ts";
import { NamespaceMode as Mode, type NamespaceOption } from "../messages/security.ts";
import { idMapping } from "./id-mapping.ts";

const modes: Readonly<Record<NamespaceMode, Mode>> = {
  pod: Mode.POD,
  container: Mode.CONTAINER,
  node: Mode.NODE,
  target: Mode.TARGET,
};

export const sandboxState = (view: SandboxView): PodSandboxState =>
  view.ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;

/** An entry of a list. */
export const podSandbox = (view: SandboxView): Draft<PodSandbox> => ({
  id: view.id,
  metadata: view.config.metadata,
  state: sandboxState(view),
  created_at: view.createdAt,
  labels: view.config.labels,
  annotations: view.config.annotations,
  runtime_handler: view.handler,
});

/**
 * `network` and `linux` are always there: without them the kubelet would take a host-network sandbox for one with a
 * network of its own, and replace it for ever.
 */
export const podSandboxStatus = (view: SandboxView): Draft<PodSandboxStatus> => {
  const [ip = "", ...others] = view.ips;
  return {
    ...podSandbox(view),
    network: { ip, additional_ips: others.map((other) => ({ ip: other })) },
    linux: { namespaces: { options: namespaceOptions(view.config.namespaces) } },
  };
};

const namespaceOptions = (options: NamespaceOptions): Draft<NamespaceOption> => ({
  network: modes[options.network],
  pid: modes[options.pid],
  ipc: modes[options.ipc],
  target_id: options.targetId,
  ...(options.userNamespace && {
    userns_options: {
      mode: Mode.POD,
      uids: options.userNamespace.uids.map(idMapping),
      gids: options.userNamespace.gids.map(idMapping),
    },
  }),
});

/** As the runtime-spec has them, where scripts look for paths. */
const namespacesOf = (view: SandboxView, pid: number | undefined) => {
  const ofInfra = view.config.namespaces.pid === "pod" && pid !== undefined ? { pid: `/proc/${pid}/ns/pid` } : {};
  const paths: Readonly<Record<string, string>> = { ...view.namespacePaths, ...ofInfra };
  return Object.entries(paths).map(([name, path]) => ({ type: name, path }));
};

/**
 * What `crictl inspectp` shows besides the status. `pid` is that of a process that lives in the pod, and is left out where
 * there is none: people hand it to nsenter, and 0 would be the host. Namespaces also stand where scripts look for them.
 */
export const sandboxInfo = (view: SandboxView, pid: number | undefined): Readonly<Record<string, string>> => ({
  info: JSON.stringify({
    ...(pid === undefined ? {} : { pid }),
    runtimeSpec: { hostname: view.config.hostname, linux: { namespaces: namespacesOf(view, pid) } },
    overhead: view.sums.overhead && linuxResources(view.sums.overhead),
    resources: view.sums.resources && linuxResources(view.sums.resources),
    lifecycle: view.lifecycle,
    runtimeHandler: view.handler,
    namespaces: view.namespacePaths,
    cgroupParent: view.config.cgroupParent,
    hostname: view.config.hostname,
    ips: view.ips,
  }),
});
