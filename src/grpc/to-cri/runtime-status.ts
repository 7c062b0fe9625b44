/** Readiness, handlers and features as the kubelet hears of them. */
import type { Condition, HandlerView, Runtime } from "../../supervisors/runtime.ts";
import type { Draft } from "../draft.ts";
import { CgroupDriver, type RuntimeCondition, type RuntimeHandler, type StatusResponse } from "../messages/runtime.ts";

const condition = (type: string, { ok, reason, message }: Condition): Draft<RuntimeCondition> => ({
  type,
  status: ok,
  reason,
  message,
});

const handler = (each: HandlerView): Draft<RuntimeHandler> => ({
  name: each.name,
  features: {
    recursive_read_only_mounts: each.recursiveReadOnlyMounts,
    user_namespaces: each.userNamespaces,
  },
});

export const runtimeStatus = (runtime: Runtime, verbose: boolean): Draft<StatusResponse> => ({
  status: {
    conditions: [
      condition("RuntimeReady", runtime.runtimeCondition()),
      condition("NetworkReady", runtime.networkCondition()),
    ],
  },
  info: verbose ? infoTexts(runtime.info()) : {},
  runtime_handlers: runtime
    .handlers()
    .filter(({ unusable }) => unusable === undefined)
    .map(handler),
  features: {
    supplemental_groups_policy: true,
    mount_options: true,
    user_namespaces_host_network: runtime.handlers().some(({ userNamespaces }) => userNamespaces),
  },
});

// crictl shows a text that begins with "{" as JSON, anything else as a string.
const infoTexts = (info: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(info).map(([name, value]) => [name, JSON.stringify(value)]));

export const cgroupDrivers = {
  cgroupfs: CgroupDriver.CGROUPFS,
  systemd: CgroupDriver.SYSTEMD,
} as const;
