/** An event of a pod as kubelets hear of it: with the sandbox and all its containers, as one commit left them. */
import type { PodEvent } from "../../supervisors/runtime.ts";
import type { Image } from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import { ContainerEventType, type ContainerEventResponse } from "../messages/metrics.ts";
import { containerStatus } from "./container.ts";
import { podSandboxStatus } from "./sandbox.ts";

const types = {
  created: ContainerEventType.CONTAINER_CREATED_EVENT,
  started: ContainerEventType.CONTAINER_STARTED_EVENT,
  stopped: ContainerEventType.CONTAINER_STOPPED_EVENT,
  deleted: ContainerEventType.CONTAINER_DELETED_EVENT,
} as const;

/** `imageOf`: by its id, as the store has it now. */
export const containerEvent = (
  { type, id, at, sandbox, containers }: PodEvent,
  imageOf: (id: string) => Image | undefined,
): Draft<ContainerEventResponse> => ({
  container_id: id,
  container_event_type: types[type],
  created_at: at,
  pod_sandbox_status: sandbox ? podSandboxStatus(sandbox) : null,
  containers_statuses: containers.map((view) => containerStatus(view, imageOf(view.imageId))),
});
