/**
 * An OCI runtime (crun, runc) by its command line. `create` and `exec` are only composed here: the monitor runs them,
 * because it must be the parent of what they start. All the rest is run here and answers when it is done.
 */
import type { ContainerId, ExecId } from "../../vocabulary/index.ts";

export interface CommandLine {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly pidFile: string;
  readonly runtimeLog: string;
}

/** `features` of the runtime-spec as far as Troupe asks; an old runtime without the command has none of them. */
export interface RuntimeFeatures {
  readonly idmappedMounts: boolean;
  readonly recursiveReadOnly: boolean;
  readonly seccomp: boolean;
}

/** runtime-spec state.json; `stopped` also while the init is a zombie. */
export type RuntimeStatus = "creating" | "created" | "running" | "paused" | "stopped";

export interface OciRuntime {
  /** The runtime handler's name as the kubelet gives it. */
  readonly handler: string;
  readonly path: string;
  readonly version: string;
  readonly features: RuntimeFeatures;
  create(id: ContainerId): CommandLine;
  exec(id: ContainerId, execId: ExecId, processFile: string): CommandLine;
  /** Runs the user's program in a created container. */
  start(id: ContainerId, signal: AbortSignal): Promise<void>;
  /** Sends one signal to init, or (`all`) to every process of the container. A process already gone is fine. */
  kill(id: ContainerId, signal: number, all: boolean, abort: AbortSignal): Promise<void>;
  /** Removes the container and its cgroups, whatever state it is in; one that is not there is fine. */
  delete(id: ContainerId, abort: AbortSignal): Promise<void>;
  /** Absent: the runtime knows no such container. */
  status(id: ContainerId, abort: AbortSignal): Promise<RuntimeStatus | undefined>;
  /** Waits until no command of this runtime about this container is under way (one of a dead daemon or monitor), then kills it. */
  settle(id: ContainerId, boundMs: number): Promise<void>;
}

/** Why a handler cannot be used here, in a sentence with the remedy. */
export interface UnusableRuntime {
  readonly handler: string;
  readonly path: string;
  readonly reason: string;
}
