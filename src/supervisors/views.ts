/** Entries of the books as readers see them: what phase means in CRI, and how an end is told. */
import type { ContainerPhase } from "../machines/container-setup.ts";
import type { ContainerView, Exit, SandboxView, WallNs } from "../vocabulary/index.ts";
import { describeExit, earlier } from "../vocabulary/index.ts";
import { resourcesOf, type ContainerEntry, type SandboxEntry } from "./books.ts";

/** Undefined: not shown. What was never told to anyone stays so while it is undone. */
export const sandboxViewOf = (entry: SandboxEntry): SandboxView | undefined => {
  const { id, config, handler, createdAt, namespacePaths, memo, sums = config.sums ?? {} } = entry;
  if (!memo || memo.phase === "creating" || memo.verb === "create") return undefined;
  const ready = memo.phase === "ready";
  const infra = ready && memo.infra ? { pid: memo.infra.pid } : {};
  return {
    id,
    config,
    handler,
    createdAt,
    namespacePaths,
    ready,
    ips: memo.ips,
    lifecycle: memo.phase,
    sums,
    ...infra,
  };
};

const STATES: Readonly<Record<ContainerPhase, ContainerView["state"] | undefined>> = {
  creating: undefined,
  created: "created",
  starting: "created",
  running: "running",
  updating: "running",
  stopping: "running",
  stopped: "exited",
  removing: "exited",
};

interface End {
  readonly exit: Exit;
  readonly reason: string;
  readonly message: string;
}

const endOf = ({ memo, createdAt, startedAt }: ContainerEntry): End => {
  const at = memo?.exit?.at ?? startedAt ?? createdAt;
  if (memo?.failure && !memo.started)
    // CRI's convention for a container that could not be started; the process that never ran has no code of its own.
    return { exit: { code: 128, at, oomKilled: false }, reason: "StartError", message: memo.failure.text };
  const exit: Exit = memo?.exit ?? { unknown: "it was never started", at, oomKilled: false };
  if (exit.oomKilled)
    return { exit, reason: "OOMKilled", message: "the kernel killed a process of this container for memory" };
  if ("unknown" in exit) return { exit, reason: "Unknown", message: `the exit code is not known: ${exit.unknown}` };
  if ("code" in exit && exit.code === 0) return { exit, reason: "Completed", message: "" };
  return { exit, reason: "Error", message: `ended with ${describeExit(exit)}` };
};

const later = (one: WallNs, other: WallNs): WallNs => (earlier(one, other) ? other : one);

const stateOf = ({ memo }: ContainerEntry): ContainerView["state"] | undefined => {
  if (!memo) return undefined;
  if (memo.phase === "updating") return memo.started ? "running" : "created";
  return memo.verb !== "create" || memo.phase === "created" ? STATES[memo.phase] : undefined;
};

const warningsOf = ({ warnings, memo }: ContainerEntry): readonly string[] =>
  memo?.limits === "doubtful"
    ? [...warnings, "its limits are in doubt: an update failed half-way, and what was before could not be put back"]
    : warnings;

/** Undefined: not shown. */
export const containerViewOf = (entry: ContainerEntry): ContainerView | undefined => {
  const { id, sandboxId, config, createdAt, startedAt, imageId, imageRef, logPath, user, stopSignal, memo } = entry;
  const state = stateOf(entry);
  if (!memo || !state) return undefined;
  const images = { imageId, imageRef, volumeImages: entry.volumeImages ?? {} };
  const told = { resources: resourcesOf(entry), warnings: warningsOf(entry) };
  const common = { id, sandboxId, config, state, createdAt, ...images, logPath, user, stopSignal, ...told };
  // The clock may be set back meanwhile; CRI wants no start before the creation and no end before the start.
  const started = startedAt && later(startedAt, createdAt);
  const begun = { ...common, lifecycle: memo.phase, ...(started && state !== "created" ? { startedAt: started } : {}) };
  if (state !== "exited") return { ...begun, reason: "", message: "", ...(memo.init ? { pid: memo.init.pid } : {}) };
  const { exit, reason, message } = endOf(entry);
  return { ...begun, exit, finishedAt: later(exit.at, started ?? createdAt), reason, message };
};
