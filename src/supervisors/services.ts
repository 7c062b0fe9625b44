/** What the calls need besides the tree: things of the node that are read or done without an actor of their own. */
import type {
  ContainerId,
  Image,
  MonoMs,
  PullFrom,
  Resources,
  SandboxConfig,
  SandboxId,
  WallNs,
} from "../vocabulary/index.ts";
import type { ContainerEntry, SandboxEntry } from "./books.ts";
import type { Figures } from "./figures.ts";
import type { Condition, ExecResult, HandlerView, ImageFsUsage, WantedStreams } from "./runtime.ts";

/** A command on its way. Its pod owns it for as long as something is left of it, also when its container is gone. */
export interface ExecUnderWay {
  readonly id: string;
  readonly containerId: ContainerId;
  readonly sandboxId: SandboxId;
}

/** What is to be executed, and for whom. */
export interface ExecCommand extends Pick<WantedStreams, "tty" | "stdin"> {
  readonly argv: readonly string[];
  /** To a client; else its output is kept for `take`. */
  readonly streamed: boolean;
}

/** A client before a container. Its pod owns it, as it does an exec. */
export type AttachUnderWay = ExecUnderWay;

export interface Services {
  /** Random hexadecimal digits. */
  newId(digits: 64 | 32): string;
  now(): MonoMs;
  wallNs(): WallNs;
  readonly images: {
    /** The full form of a reference; throws Invalid. */
    normalise(reference: string): string;
    find(reference: string): Image | undefined;
    list(): readonly Image[];
    remove(reference: string): Promise<void>;
    usage(): Promise<ImageFsUsage>;
    /** Where a pull finds its reference and credentials, which no actor may know. */
    announce(pullId: string, reference: string, from: PullFrom): void;
  };
  readonly execs: {
    announce(exec: ExecUnderWay, command: ExecCommand): void;
    /** The output so far; it is given out once. */
    take(execId: string): Pick<ExecResult, "stdout" | "stderr" | "dropped">;
  };
  /** A streamed command without a terminal is killed when its client goes; else it goes on. */
  readonly killsAbandoned: boolean;
  /** The log of a running container is opened again at its path. */
  reopenLog(id: ContainerId): Promise<void>;
  readonly attaches: { announce(attach: AttachUnderWay): void };
  /** URLs for clients, or Invalid and Exhausted in words. */
  readonly streaming: {
    exec(containerId: ContainerId, command: readonly string[], wanted: WantedStreams): string;
    attach(containerId: ContainerId, wanted: WantedStreams): string;
    forward(sandboxId: SandboxId, ports: readonly number[]): string;
  };
  readonly handlers: {
    /** The handler's own name: "" is the default one. Throws NotFound or Unavailable in words. */
    resolve(name: string): string;
    list(): readonly HandlerView[];
  };
  /** Throws Invalid where this node, or this handler, cannot have such a pod. */
  checkSandbox(id: SandboxId, config: SandboxConfig, handler: string): void;
  /** Writes down what was said of a sandbox, whose record there is. No actor's work waits for it, or changes by it. */
  putSandbox(entry: SandboxEntry): void;
  /**
   * Throws Invalid for limits that this host cannot have, NotAllowed for less memory than the container uses: the kernel would
   * kill it. Answers what to go back to from them: `now`, with the kernel's own where nothing was given.
   */
  checkLimits(container: ContainerEntry, now: Resources, wanted: Resources): Resources;
  runtimeCondition(): Condition;
  readonly figures: Figures;
  cgroupDriver(): "cgroupfs" | "systemd";
  info(): Readonly<Record<string, unknown>>;
}
