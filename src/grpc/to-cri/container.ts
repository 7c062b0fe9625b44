/** Containers as the kubelet hears of them. Labels and annotations go back as they came. */
import {
  describeExit,
  type ContainerView,
  type Image,
  type ImageVolume,
  type Mount,
  type Resources,
} from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import {
  MountPropagation,
  type LinuxContainerResources,
  type Mount as CriMount,
} from "../messages/container-config.ts";
import { ContainerState, type Container, type ContainerStatus } from "../messages/container.ts";
import type { ImageSpec } from "../messages/image.ts";
import { criSignal } from "../signals.ts";
import { end } from "./exit.ts";
import { idMapping } from "./id-mapping.ts";

const states = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
  unknown: ContainerState.CONTAINER_UNKNOWN,
} as const;

const propagations = {
  private: MountPropagation.PROPAGATION_PRIVATE,
  hostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
} as const;

export const containerState = (view: ContainerView): ContainerState => states[view.state];

/** An entry of a list. */
export const container = (view: ContainerView): Draft<Container> => ({
  id: view.id,
  pod_sandbox_id: view.sandboxId,
  metadata: { name: view.config.name, attempt: view.config.attempt },
  image: image(view),
  image_ref: view.imageRef,
  state: containerState(view),
  created_at: view.createdAt,
  labels: view.config.labels,
  annotations: view.config.annotations,
  image_id: view.imageId,
});

/** `found` is its image as the store has it, which may have gone meanwhile. */
export const containerStatus = (view: ContainerView, found: Image | undefined): Draft<ContainerStatus> => ({
  id: view.id,
  metadata: { name: view.config.name, attempt: view.config.attempt },
  state: containerState(view),
  created_at: view.createdAt,
  started_at: view.startedAt,
  finished_at: view.finishedAt ?? view.exit?.at,
  ...end(view),
  image: image(view, found),
  image_ref: view.imageRef,
  labels: view.config.labels,
  annotations: view.config.annotations,
  mounts: view.config.mounts.map((each) => mount(each, view)),
  log_path: view.logPath,
  resources: { linux: linuxResources(view.resources) },
  image_id: view.imageId,
  user: {
    linux: {
      uid: String(view.user.uid),
      gid: String(view.user.gid),
      supplemental_groups: view.user.groups.map(String),
    },
  },
  stop_signal: criSignal(view.stopSignal),
});

/** By a name where there is one: the one that the pod asked for, before others. */
const image = ({ config }: ContainerView, found?: Image): Draft<ImageSpec> => {
  const asked = config.userSpecifiedImage || config.image;
  const tags = found?.repoTags ?? [];
  return {
    image: tags.find((tag) => tag === asked || tag.endsWith(`/${asked}`)) ?? tags[0] ?? asked,
    user_specified_image: config.userSpecifiedImage,
  };
};

/** By its id, as PullImage answered: that alone keeps the kubelet from removing the image. */
const volumeImage = ({ image, userSpecifiedImage }: ImageVolume, { volumeImages }: ContainerView): Draft<ImageSpec> => {
  const id = volumeImages?.[image] ?? image;
  return { image: id, image_ref: id, user_specified_image: userSpecifiedImage };
};

const mount = (each: Mount, view: ContainerView): Draft<CriMount> => ({
  container_path: each.containerPath,
  host_path: each.hostPath,
  readonly: each.readonly,
  propagation: propagations[each.propagation],
  recursive_read_only: each.recursiveReadOnly,
  selinux_relabel: each.selinuxRelabel ?? false,
  ...(each.image && { image: volumeImage(each.image, view), image_sub_path: each.image.subPath }),
  ...(each.mappings && {
    uidMappings: each.mappings.uids.map(idMapping),
    gidMappings: each.mappings.gids.map(idMapping),
  }),
  ...(each.options && { mount_options: each.options }),
});

// As given, never as derived: the kubelet compares them after a resize.
export const linuxResources = (given: Resources): Draft<LinuxContainerResources> => ({
  cpu_period: String(given.cpuPeriod),
  cpu_quota: String(given.cpuQuota),
  cpu_shares: String(given.cpuShares),
  memory_limit_in_bytes: String(given.memoryLimitBytes),
  oom_score_adj: String(given.oomScoreAdj),
  cpuset_cpus: given.cpusetCpus,
  cpuset_mems: given.cpusetMems,
  hugepage_limits: given.hugepageLimits.map(({ pageSize, limit }) => ({ page_size: pageSize, limit: String(limit) })),
  unified: given.unified,
  memory_swap_limit_in_bytes: String(given.memorySwapLimitBytes),
});

/** What `crictl inspect` shows besides the status. No environment and no arguments: they hold secrets. */
export const containerInfo = (view: ContainerView): Readonly<Record<string, string>> => ({
  info: JSON.stringify({
    sandboxID: view.sandboxId,
    pid: view.pid ?? 0,
    lifecycle: view.lifecycle,
    privileged: view.config.security.privileged,
    ...(view.exit && { exit: describeExit(view.exit) }),
    warnings: view.warnings,
  }),
});
