/** The calls about pod sandboxes. */
import { Invalid, Unavailable } from "../../errors.ts";
import type { Runtime } from "../../supervisors/runtime.ts";
import type { SandboxView } from "../../vocabulary/index.ts";
import { codec } from "../contract.ts";
import { configuredSandbox } from "../from-cri/configured.ts";
import { podSums } from "../from-cri/resources.ts";
import { notEmpty, quoted } from "../from-cri/field.ts";
import type { PodSandbox } from "../messages/sandbox.ts";
import { lifecycleInfo } from "../to-cri/lifecycle.ts";
import { podSandbox, podSandboxStatus, sandboxInfo } from "../to-cri/sandbox.ts";
import { filteredSandboxes } from "./filter.ts";
import type { Calls } from "./index.ts";
import { EncodedList } from "./list.ts";

type SandboxCalls = Pick<
  Calls,
  | "UpdatePodSandboxResources"
  | "RunPodSandbox"
  | "StopPodSandbox"
  | "RemovePodSandbox"
  | "PodSandboxStatus"
  | "ListPodSandbox"
  | "StreamPodSandboxes"
>;

export const sandboxCalls = (runtime: Runtime): SandboxCalls => {
  const list = new EncodedList<SandboxView, PodSandbox>(codec("PodSandbox"), podSandbox);
  return {
    RunPodSandbox: async (request, caller, bytes) => {
      const configured = configuredSandbox(request, bytes);
      const handler = knownHandler(runtime, request.runtime_handler);
      return { pod_sandbox_id: await runtime.runSandbox({ ...configured, handler }, caller) };
    },
    StopPodSandbox: async (request, caller) => {
      await runtime.stopSandbox(sandboxId(request), caller);
      return {};
    },
    RemovePodSandbox: async (request, caller) => {
      await runtime.removeSandbox(sandboxId(request), caller);
      return {};
    },
    PodSandboxStatus: (request) => {
      const view = runtime.sandbox(sandboxId(request));
      const info = (): Readonly<Record<string, string>> => ({
        ...sandboxInfo(view, pidIn(runtime, view)),
        ...lifecycleInfo(runtime.lifecycle("sandbox", view.id)),
      });
      return { status: podSandboxStatus(view), info: request.verbose ? info() : {} };
    },
    UpdatePodSandboxResources: (request) => {
      runtime.updateSandbox(sandboxId(request), podSums("", request));
      return {};
    },
    ListPodSandbox: ({ filter }) => list.whole(filteredSandboxes(runtime.sandboxes(), filter)),
    StreamPodSandboxes: ({ filter }) => list.batches(filteredSandboxes(runtime.sandboxes(), filter)),
  };
};

/** A process by which people enter the pod's namespaces; undefined: none lives in it. */
const pidIn = (runtime: Runtime, { id, pid }: SandboxView): number | undefined =>
  pid ?? runtime.containers().find((view) => view.sandboxId === id && view.state === "running" && view.pid)?.pid;

const sandboxId = (request: { readonly pod_sandbox_id: string }): string =>
  notEmpty("pod_sandbox_id", request.pod_sandbox_id);

/** Never the default in place of one that is not there: a pod that asks for stronger walls must not get weaker ones. */
export const knownHandler = (runtime: Runtime, name: string): string => {
  const handlers = runtime.handlers();
  const found = handlers.find((handler) => handler.name === name);
  if (found?.unusable !== undefined)
    throw new Unavailable(`the runtime handler ${quoted(name)} cannot be used on this node: ${found.unusable}`);
  if (name === "" || found) return name;
  const known = handlers.filter((each) => each.name !== "" && each.unusable === undefined).map((each) => each.name);
  throw new Invalid(`runtime_handler ${quoted(name)} is not configured here; the handlers are ${known.join(", ")}`);
};
