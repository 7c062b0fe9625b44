/** What containers and pods use of the node: read when it is asked for, without waiting for anything. */
import type {
  CgroupFigures,
  ContainerDetails,
  ContainerId,
  LayerFigures,
  NetworkFigures,
  SandboxId,
} from "../../vocabulary/index.ts";

export interface Figures {
  /** Of the container whose first process is `pid`. Nothing is in it when that has ended. */
  container(id: ContainerId, pid: number): CgroupFigures;
  details(id: ContainerId, pid: number): ContainerDetails;
  /** Of the cgroup at this path below each hierarchy. Nothing is in it when there is none. */
  pod(id: SandboxId, path: string): CgroupFigures;
  /** By the pod's pinned network namespace. */
  network(id: SandboxId, pin: string): NetworkFigures | undefined;
  /** The last that is known, of whatever age; an old one is renewed meanwhile. */
  layer(id: ContainerId): LayerFigures | undefined;
  /** Resolves when each of these has been looked at once, or after a quarter of a second: a disk may hang. */
  layersKnown(ids: readonly ContainerId[]): Promise<void>;
  /** Nothing of this container or pod is open from here on: what is open keeps its cgroup or its network namespace. */
  forget(id: string): void;
  close(): void;
}
