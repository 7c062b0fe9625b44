/**
 * An OCI runtime (crun, runc) by its command line. `create` and `exec` are only composed here: the monitor runs them,
 * because it must be the parent of what they start. All the rest is run here and answers when it is done.
 *
 * Calls about one container must come one after another; only `exec` may overlap. Runtimes do not lock across commands.
 */
import type { ContainerId, ExecId } from "../../vocabulary/index.ts";
import type { CompiledFilters } from "./compiled-filters.ts";
import type { ResourceUpdate } from "./spec/resource-update.ts";

export interface CommandLine {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly pidFile: string;
  readonly runtimeLog: string;
}

/** `features` of the runtime-spec as far as Troupe asks; for a runtime without the command, what its version is known for. */
export interface RuntimeFeatures {
  readonly idmappedMounts: boolean;
  readonly recursiveReadOnly: boolean;
  readonly seccomp: boolean;
}

/** runtime-spec state.json; `stopped` also while the init is a zombie. */
export type RuntimeStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** Where a checkpoint goes, and what it says of its container. */
export interface CheckpointRequest {
  /** An absolute path, whatever it lies on. */
  readonly location: string;
  /** Of `config.dump`, in the words of CRI-O's and Podman's archives. Times are RFC 3339. */
  readonly description: {
    readonly id: string;
    readonly name: string;
    readonly rootfsImage: string;
    readonly rootfsImageRef: string;
    readonly rootfsImageName: string;
    readonly runtime: string;
    readonly createdTime: string;
    readonly checkpointedTime: string;
  };
}

export interface OciRuntime {
  /** The runtime handler's name as the kubelet gives it. */
  readonly handler: string;
  readonly path: string;
  readonly version: string;
  readonly features: RuntimeFeatures;
  /** Absent: it takes none, or keeps them itself. */
  readonly filters?: CompiledFilters | undefined;
  /** Its files lie in the container's bundle. `console`: where it is to hand the terminal over, if the container has one. */
  create(id: ContainerId, console?: string): CommandLine;
  /**
   * Its files lie in the container's bundle; `Bundles.removeProcess` deletes them. Its stdin must not be the host's /dev/null:
   * crun (1.8.1) gives what it finds there to the container's user, who could then close it to everyone.
   */
  exec(id: ContainerId, execId: ExecId, processFile: string, console?: string): CommandLine;
  /** Runs the user's program in a created container. */
  start(id: ContainerId, signal: AbortSignal): Promise<void>;
  /**
   * Changes limits of a container that is created or runs (crun takes a stopped one as well, as long as it has its cgroup). What
   * is not named stays; a failure may leave it half done.
   */
  update(id: ContainerId, limits: ResourceUpdate, abort: AbortSignal): Promise<void>;
  /**
   * Sends one signal to init, or (`all`) to every process of the container. A process or container already gone is fine.
   * Before `start` only SIGKILL does what it says: crun's waiting init ignores the others, runc's dies of any.
   */
  kill(id: ContainerId, signal: number, all: boolean, abort: AbortSignal): Promise<void>;
  /**
   * Removes the container, whatever state it is in; one that is not there is fine. A cgroup in which something foreign
   * lives may stay (runc), which `Cgroups.remove` sees to.
   */
  delete(id: ContainerId, abort: AbortSignal): Promise<void>;
  /** Absent: the runtime knows no such container. */
  status(id: ContainerId, abort: AbortSignal): Promise<RuntimeStatus | undefined>;
  /**
   * Writes a running container, with its processes' memory, to an archive, which appears whole or not at all. The container goes
   * on. Throws Unimplemented where this runtime or this host cannot, NotAllowed for one that does not run, Invalid for a place
   * into which nothing can be written.
   */
  checkpoint(id: ContainerId, request: CheckpointRequest, abort: AbortSignal): Promise<void>;
  /**
   * Waits until no command of this runtime about this container is under way (one of a dead daemon or monitor), then kills it;
   * of a checkpoint nothing is left.
   */
  settle(id: ContainerId, boundMs: number): Promise<void>;
}

/** Why a handler cannot be used here, in a sentence with the remedy. */
export interface UnusableRuntime {
  readonly handler: string;
  readonly path: string;
  readonly reason: string;
}
