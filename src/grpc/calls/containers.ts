/** The calls about containers. */
import { Invalid } from "../../errors.ts";
import type { Runtime } from "../../supervisors/runtime.ts";
import type { ContainerView } from "../../vocabulary/index.ts";
import { codec } from "../contract.ts";
import { configuredContainer } from "../from-cri/configured.ts";
import { absolutePath, notEmpty, present } from "../from-cri/field.ts";
import { resources } from "../from-cri/resources.ts";
import type { Container } from "../messages/container.ts";
import { container, containerInfo, containerStatus } from "../to-cri/container.ts";
import { lifecycleInfo } from "../to-cri/lifecycle.ts";
import { filteredContainers } from "./filter.ts";
import type { Calls } from "./index.ts";
import { EncodedList } from "./list.ts";
import { milliseconds } from "./milliseconds.ts";

type ContainerCalls = Pick<
  Calls,
  | "CreateContainer"
  | "StartContainer"
  | "StopContainer"
  | "RemoveContainer"
  | "UpdateContainerResources"
  | "ReopenContainerLog"
  | "CheckpointContainer"
  | "ContainerStatus"
  | "ListContainers"
  | "StreamContainers"
>;

export const containerCalls = (runtime: Runtime): ContainerCalls => {
  const list = new EncodedList<ContainerView, Container>(codec("Container"), container);
  return {
    CreateContainer: async (request, caller, bytes) => {
      const configured = configuredContainer(request, bytes);
      const sandbox = runtime.sandbox(notEmpty("pod_sandbox_id", request.pod_sandbox_id));
      if (configured.config.security.privileged && !sandbox.config.privileged)
        throw new Invalid(
          "config.linux.security_context.privileged is set, but the sandbox was made without privileges",
        );
      return { container_id: await runtime.createContainer({ ...configured, sandboxId: sandbox.id }, caller) };
    },
    StartContainer: async (request, caller) => {
      await runtime.startContainer(containerId(request), caller);
      return {};
    },
    StopContainer: async (request, caller) => {
      await runtime.stopContainer(containerId(request), milliseconds(request.timeout), caller);
      return {};
    },
    RemoveContainer: async (request, caller) => {
      await runtime.removeContainer(containerId(request), caller);
      return {};
    },
    UpdateContainerResources: async (request, caller) => {
      const given = resources("linux", present("linux", request.linux));
      await runtime.updateContainer(containerId(request), given, caller);
      return {};
    },
    ReopenContainerLog: async (request) => {
      await runtime.reopenLog(containerId(request));
      return {};
    },
    CheckpointContainer: async (request, caller) => {
      const { id } = runtime.container(containerId(request));
      const location = absolutePath("location", request.location);
      await runtime.checkpointContainer(id, location, milliseconds(request.timeout), caller);
      return {};
    },
    ContainerStatus: (request) => {
      const view = toldOf(runtime, runtime.container(containerId(request)));
      return {
        status: containerStatus(view, runtime.image(view.imageId)),
        info: request.verbose
          ? { ...containerInfo(view), ...lifecycleInfo(runtime.lifecycle("container", view.id)) }
          : {},
      };
    },
    ListContainers: ({ filter }) => list.whole(filteredContainers(runtime.containers(), filter)),
    StreamContainers: ({ filter }) => list.batches(filteredContainers(runtime.containers(), filter)),
  };
};

/** What a container that has not ended waits for, where it has been at work for long: `kubectl` shows what the status says. */
const toldOf = (runtime: Runtime, view: ContainerView): ContainerView => {
  if (view.state === "exited" || view.message !== "") return view;
  const message = runtime.worthTelling("container", view.id);
  return message === undefined ? view : { ...view, reason: "Waiting", message };
};

const containerId = (request: { readonly container_id: string }): string =>
  notEmpty("container_id", request.container_id);
