/** config.json as a whole: every part by its own file, over what was found on the host beforehand. Touches nothing itself. */
import { isDeepStrictEqual } from "node:util";
import { Invalid } from "../../../errors.ts";
import { podAnnotation, type ContainerConfig, type PodAnnotation } from "../../../vocabulary/index.ts";
import type { BundleRequest } from "../bundle.ts";
import type { ContainerEdits } from "../cdi/edits.ts";
import type { HandlerRules } from "../container-settings.ts";
import type { FoundDevice } from "../host-paths.ts";
import type { Host, Limit } from "../host.ts";
import { annotations } from "./annotations.ts";
import { args, workingDirectory } from "./args.ts";
import { capabilities } from "./capabilities.ts";
import { devices, type FoundCdiNode, type FoundDevices } from "./devices.ts";
import { env } from "./env.ts";
import { hooks, together, type HookDefinition } from "./hooks.ts";
import { oomScoreAdj, rlimits } from "./limits.ts";
import { specMappings } from "./id-mappings.ts";
import { mounts, type FoundMount } from "./mounts.ts";
import { namespaces } from "./namespaces.ts";
import { rootPropagation } from "./propagation.ts";
import { resources } from "./resources.ts";
import type { Process, Spec, SpecMount } from "./runtime-spec.ts";
import { seccomp, type Profile } from "./seccomp.ts";
import { umaskOf, unifiedOf } from "./pod-words.ts";
import type { Confinement } from "./confinement.ts";
import { selinuxLabels } from "./selinux.ts";
import { stopSignal } from "./stop-signal.ts";
import type { ResolvedUser } from "./user.ts";

/** What the operator decides for all containers of this node. */
export interface SpecSettings {
  readonly defaultCapabilities: readonly string[];
  /** Resource limits by name, `RLIMIT_NOFILE` …; Infinity: none. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** 0: none of Troupe's own. */
  readonly pidsLimit: number;
  /** Of containers that name none, on hosts with AppArmor; "": unconfined. */
  readonly apparmorProfile: string;
  /** `NAME=value`, for every container whose image and pod do not say it otherwise. */
  readonly env: readonly string[];
  /** By the handler's name. */
  readonly handlers: ReadonlyMap<string, HandlerRules>;
}

/** What the host has for this container. */
export interface Found {
  readonly volumes: readonly FoundMount[];
  readonly devices: readonly FoundDevices[];
  readonly cdiNodes: readonly FoundCdiNode[];
  /** Of the container's CDI devices. */
  readonly edits: ContainerEdits;
  /** Of the node's directories, whether their conditions hold or not. */
  readonly hooks: readonly HookDefinition[];
  /** Copies of what every container of the node gets. */
  readonly defaultMounts?: readonly SpecMount[];
  /** All of the host's devices, for a privileged container. */
  readonly hostNodes?: readonly FoundDevice[];
  /** Absent: unconfined. */
  readonly seccomp?: { readonly profile: Profile; readonly source: string };
  readonly user: ResolvedUser;
  /** By AppArmor. */
  readonly confinement: Confinement;
}

/** What the pod says by an annotation that its handler obeys. */
type Said = (name: PodAnnotation) => string | undefined;

export interface WrittenSpec {
  readonly spec: Spec;
  readonly stopSignal: number;
  readonly warnings: readonly string[];
}

/** Throws Invalid for what needs no look at the host to be refused. */
export const refuseUnworkable = ({ config, sandbox }: Pick<BundleRequest, "config" | "sandbox">): void => {
  const { privileged, seccomp, readonlyPaths, maskedPaths, namespaces: wanted } = config.security;
  if (privileged && !sandbox.privileged)
    throw new Invalid("a privileged container needs a privileged sandbox; this pod's was made without");
  if (wanted.userNamespace && !isDeepStrictEqual(wanted.userNamespace, sandbox.namespaces.userNamespace))
    throw new Invalid("the container's user namespace is not that of its pod: both need the same mappings");
  if (seccomp.type !== "localhost" && seccomp.localhostRef !== "")
    throw new Invalid(`seccomp profile "${seccomp.localhostRef}" is named, but the profile's type is ${seccomp.type}`);
  const relative = [...maskedPaths, ...readonlyPaths].find((path) => !path.startsWith("/"));
  if (relative !== undefined) throw new Invalid(`masked or read-only path "${relative}" is not absolute`);
};

export const writeSpec = (request: BundleRequest, found: Found, settings: SpecSettings, host: Host): WrittenSpec => {
  const { config, image, rootfs, files, features, namespaces: pins, hostname } = request;
  const { privileged, readonlyRootfs } = config.security;
  const { edits, defaultMounts = [] } = found;
  const allowed = settings.handlers.get(request.handler)?.allowedAnnotations ?? [];
  const said: Said = (name) => podAnnotation(name, request.sandbox.annotations, allowed, config.name);
  const { network, ipc, userNamespace } = request.sandbox.namespaces;
  const hostSys = userNamespace !== false && network === "node";
  const ownCgroup = host.cgroup.layout === "v2" && !privileged;
  const stop = stopSignal(config.stopSignal, image.stopSignal);
  const oom = oomScoreAdj(config.resources.oomScoreAdj, host);
  const device = devices(found.devices, found.hostNodes, found.cdiNodes, found.user);
  const unified = { ...config.resources.unified, ...unifiedOf(said("unified-cgroup.crio.io")) };
  const limited = resources({ ...config.resources, unified }, device.rules, settings.pidsLimit, host.cgroup);
  const { seccomp: filter } = found;
  const process = writeProcess(request, found, settings, host, { oomScore: oom.value, said });
  const cgroupWritable = said("cgroup2-mount-hierarchy-rw.crio.io") === "true" && host.cgroup.layout === "v2";
  const shown = { volumes: found.volumes, files, defaults: defaultMounts, devices: edits.mounts };
  const hooked = {
    annotations: { ...config.annotations, ...request.sandbox.annotations },
    command: process.args[0] ?? "",
    hasBindMounts: config.mounts.length > 0,
  };
  const ofDevices = edits.hooks.map(({ stage, hook }) => ({ [stage]: [hook] }));
  const spec: Spec = {
    ociVersion: "1.0.2",
    process,
    root: { path: rootfs, readonly: readonlyRootfs },
    hostname: pins.uts === undefined ? undefined : hostname,
    mounts: mounts({ ...shown, readonlyRootfs, privileged, hostSys, features, host, cgroupWritable }),
    annotations: annotations(request, limited.resources.pids, allowed),
    hooks: together([...hooks(found.hooks, hooked), ...ofDevices]),
    linux: {
      // These are the pod's, whatever its container says of them: crictl's mostly say nothing.
      namespaces: namespaces({ ...config.security.namespaces, network, ipc, userNamespace }, pins, ownCgroup),
      ...specMappings(userNamespace),
      cgroupsPath: request.cgroupsPath,
      resources: limited.resources,
      devices: device.nodes,
      ...hidden(config.security),
      rootfsPropagation: rootPropagation(found.volumes),
      intelRdt: edits.intelRdt,
      mountLabel: selinuxLabels(request, host).mount,
      seccomp: filter && seccomp(filter.profile, filter.source, host, process.capabilities.bounding),
    },
  };
  const warnings = [stop, oom, limited, found.confinement].flatMap((part) => part.warnings);
  return { spec, stopSignal: stop.signal, warnings };
};

const writeProcess = (
  request: BundleRequest,
  found: Found,
  settings: SpecSettings,
  host: Host,
  { oomScore, said }: { readonly oomScore: number; readonly said: Said },
): Process => {
  const { config, image, hostname } = request;
  const { uid, gid, groups } = found.user;
  const { additionalGids, env: ofDevices } = found.edits;
  return {
    terminal: config.tty,
    user: {
      uid,
      gid,
      additionalGids: [...new Set([...groups, ...additionalGids])],
      umask: umaskOf(said("umask.crio.io")),
    },
    args: args(config, image),
    env: env(config, image, hostname, { defaults: settings.env, devices: ofDevices }),
    cwd: workingDirectory(config, image),
    capabilities: capabilities(config.security, host.capabilities, settings.defaultCapabilities),
    rlimits: rlimits(settings.limits, host),
    noNewPrivileges: config.security.noNewPrivs,
    oomScoreAdj: oomScore,
    apparmorProfile: found.confinement.profile,
    selinuxLabel: selinuxLabels(request, host).process,
  };
};

/** CRI cannot tell an empty list from none: both mean that nothing is hidden. */
const hidden = ({ privileged, maskedPaths, readonlyPaths }: ContainerConfig["security"]) =>
  privileged ? { maskedPaths: [], readonlyPaths: [] } : { maskedPaths, readonlyPaths };
