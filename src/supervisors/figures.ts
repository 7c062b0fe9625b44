/** What sandboxes and containers use of the node, by their committed views: read at once, without an actor and without a wait. */
import type {
  ContainerDetails,
  ContainerFigures,
  ContainerView,
  PodFigures,
  SandboxView,
} from "../vocabulary/index.ts";

export interface Figures {
  /** Of one that does not run, its writable layer alone; one that has just gone has nothing. Never throws for either. */
  container(view: ContainerView): ContainerFigures;
  /** Of the pod's cgroup, overhead included; of its containers together where the client gave it none. Nothing of one that is not ready. */
  pod(view: SandboxView): PodFigures;
  /** What only metrics tell, of one that runs. */
  details(view: ContainerView): ContainerDetails;
  /** Writable layers are counted now and then: resolves when each of these was, or after a moment, for a disk may hang. */
  layersKnown(views: readonly ContainerView[]): Promise<void>;
}
