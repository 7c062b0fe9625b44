/**
 * What must be there, and what must not, for a sandbox or a container that has come to rest: a READY sandbox has its
 * namespaces, files and addresses, a RUNNING container has been started, and of what is stopped nothing works on.
 */
import { resourcesOf, type ContainerEntry, type SandboxEntry } from "../supervisors/books.ts";
import type { Node } from "./world/node.ts";

/** `state`: where it rests. Undefined: all is as it should be. */
export const wrongWithSandbox = (
  { ledger, kernel, attached, notes, unrecorded }: Node,
  { id, config, memo }: SandboxEntry,
  state: string,
): string | undefined => {
  const { network, ipc, pid, userNamespace } = config.namespaces;
  const ofNetwork = network === "node" ? [] : ["netns", "uts", "lease"];
  const ofIpc = [...(ipc === "node" ? [] : ["ipc"]), ...(userNamespace ? ["userns"] : [])];
  const ofProcesses = pid === "pod" ? ["bundle", "oci"] : [];
  const besides = pid === "pod" ? ["cgroup"] : [];
  if (state === "ready") {
    // Its infra process is about to end: that is why it will not stay ready. Or it was being stopped, which could not be recorded,
    // when its actor crashed: whoever asked for that asks again.
    if (kernel.of(id)?.doomed || unrecorded.has(id)) return undefined;
    const missing = [...ofNetwork, ...ofIpc, ...ofProcesses, "sandbox-files"].filter((kind) => !ledger.has(kind, id));
    if (missing.length > 0) return `has no ${missing.join(", ")}`;
    const told = memo?.ips.join(", ") ?? "";
    const actual = attached.get(id)?.ips.join(", ") ?? "";
    if (network !== "node" && told !== actual) return `is said to have the address "${told}", and has "${actual}"`;
    if (pid === "pod" && kernel.of(id)?.phase === "waiting") return "has an infra process that was never started";
  }
  if (state === "stopped") {
    const left = [...ofNetwork, ...ofIpc, ...ofProcesses, ...besides].filter((kind) => ledger.has(kind, id));
    if (left.length > 0) return `still has ${left.join(", ")}`;
    if (notes.get(id)?.forgotten === false) return "is still known to the monitor";
  }
  return undefined;
};

export const wrongWithContainer = (
  { ledger, kernel, limits }: Node,
  entry: ContainerEntry,
  state: string,
): string | undefined => {
  const { id, memo } = entry;
  const process = kernel.of(id);
  // It was killed, and is about to end: that is why it will not stay so.
  if (state === "created" && process?.doomed) return undefined;
  if (state === "created" || state === "running") {
    const missing = ["layers", "mount", "bundle", "cgroup", "oci"].filter((kind) => !ledger.has(kind, id));
    if (missing.length > 0) return `has no ${missing.join(", ")}`;
    if (!process) return "has no process";
    if (state === "running" && process.phase === "waiting") return "was never started";
    if (state === "created" && process.phase === "running") return "was started";
    const told = resourcesOf(entry).memoryLimitBytes;
    const actual = limits.get(id) ?? 0;
    if (memo?.phase === state && memo.limits !== "doubtful" && told !== actual)
      return `is said to be limited to ${told} bytes, and has ${actual}`;
  }
  if (state === "stopped" && process && process.phase !== "ended") return "has a process that lives";
  return undefined;
};
