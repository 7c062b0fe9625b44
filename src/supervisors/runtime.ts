/**
 * What the tree offers to whoever speaks for a client: the calls of CRI in Troupe's words. `grpc/` translates.
 *
 * Calls that do work become messages; the promise is only the caller's wait, and giving it up leaves the work alone
 * (pulls and execSync excepted). Rejections are TroupeErrors. Ids may be unique prefixes. Reads never wait.
 */
import type {
  ContainerConfig,
  ContainerId,
  ContainerView,
  Image,
  ImageId,
  PodSums,
  PullFrom,
  Resources,
  SandboxConfig,
  SandboxId,
  SandboxView,
  WallNs,
} from "../vocabulary/index.ts";
import type { Figures } from "./figures.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface Caller {
  /** Milliseconds since 1970 at which the caller stops waiting; absent: it waits for ever. */
  readonly deadline?: number;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
  /** What the client calls itself. */
  readonly agent?: string;
  /** Number of its call, where calls are recorded. */
  readonly call?: number;
}

/** A configuration twice: as read, and as the bytes that came, which are what is kept on disk and compared. */
export interface Configured<Config> {
  readonly config: Config;
  readonly bytes: Uint8Array;
}

/** Which streams a client wants, and whether it sits at a terminal. */
export interface WantedStreams {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes of output that came after these, and were not kept; absent: none. */
  readonly dropped?: number;
  readonly exitCode: number;
}

export interface Condition {
  readonly ok: boolean;
  /** CamelCase; "" when ok. */
  readonly reason: string;
  readonly message: string;
}

export interface HandlerView {
  /** "" is the default handler, listed besides its own name. */
  readonly name: string;
  readonly recursiveReadOnlyMounts: boolean;
  readonly userNamespaces: boolean;
  /** Why no pod can be made with it on this node; absent where one can. */
  readonly unusable?: string;
}

export interface ImageFsUsage {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
  readonly atNs: string;
}

/** Something has come of a sandbox or a container, with its whole pod as it was committed then. */
export interface PodEvent {
  readonly type: "created" | "started" | "stopped" | "deleted";
  /** Of the sandbox or the container. */
  readonly id: string;
  /** No two have the same, and a later event has a later one. */
  readonly at: WallNs;
  /** Absent where the sandbox's record was lost. */
  readonly sandbox?: SandboxView;
  readonly containers: readonly ContainerView[];
}

export interface Runtime {
  runSandbox(request: Configured<SandboxConfig> & { readonly handler: string }, caller: Caller): Promise<SandboxId>;
  /** Unknown ids are fine. */
  stopSandbox(id: string, caller: Caller): Promise<void>;
  /** Unknown ids are fine. */
  removeSandbox(id: string, caller: Caller): Promise<void>;
  /** Sums over the pod, kept for whoever asks; what is absent stays. Its cgroup is the client's, and nothing is changed there. */
  updateSandbox(id: string, given: PodSums): void;
  sandboxes(): readonly SandboxView[];
  /** Throws NotFound, and Invalid for a prefix of several ids. */
  sandbox(id: string): SandboxView;

  createContainer(
    request: Configured<ContainerConfig> & { readonly sandboxId: string },
    caller: Caller,
  ): Promise<ContainerId>;
  startContainer(id: string, caller: Caller): Promise<void>;
  /** Unknown ids are fine. */
  stopContainer(id: string, graceMs: number, caller: Caller): Promise<void>;
  /** Unknown ids are fine. */
  removeContainer(id: string, caller: Caller): Promise<void>;
  /**
   * What is not given (0, "", absent) stays. All of it or nothing: what the OCI runtime or the kernel refuses is taken back.
   * Throws NotAllowed for one that has ended, Unavailable while another update is under way.
   */
  updateContainer(id: string, given: Resources, caller: Caller): Promise<void>;
  /**
   * Writes a running container to an archive at `location`, an absolute path; it goes on running. `timeoutMs` 0: two minutes; at most a day.
   * A stop or a removal calls it off. Throws NotAllowed for one that does not run, Unimplemented where this node cannot.
   */
  checkpointContainer(id: string, location: string, timeoutMs: number, caller: Caller): Promise<void>;
  containers(): readonly ContainerView[];
  container(id: string): ContainerView;
  /** `timeoutMs` 0: no bound but the caller's. */
  execSync(id: string, command: readonly string[], timeoutMs: number, caller: Caller): Promise<ExecResult>;

  /** The container's log is opened again at its path, after a rotation. Throws NotAllowed for one that does not run. */
  reopenLog(id: string): Promise<void>;

  /** A URL that a client may open once, within a minute; the client that does is served by `exec`, and so on. */
  openExec(id: string, command: readonly string[], wanted: WantedStreams): string;
  openAttach(id: string, wanted: WantedStreams): string;
  openForward(sandboxId: string, ports: readonly number[]): string;
  /** `session`: a new id, by which the drivers find the client's streams. Answers the exit code, when the command has ended. */
  exec(session: string, id: string, command: readonly string[], wanted: WantedStreams, caller: Caller): Promise<number>;
  /** Resolves when the container's output, or the client's part in it, has ended. */
  attach(session: string, id: string, wanted: WantedStreams, caller: Caller): Promise<void>;

  pullImage(reference: string, from: PullFrom, caller: Caller): Promise<ImageId>;
  images(): readonly Image[];
  image(reference: string): Image | undefined;
  removeImage(reference: string): Promise<void>;
  imageFs(): Promise<ImageFsUsage>;

  /**
   * What happens from now on, until the caller goes. Rejects with Exhausted for a caller who is too far behind, and with
   * Unavailable when the daemon ends.
   */
  events(caller: Caller): AsyncIterable<PodEvent>;
  readonly figures: Figures;

  /** Where a sandbox or a container is in its life now, and what it waits for; undefined where there is no such actor. */
  lifecycle(kind: "sandbox" | "container", id: string): Lifecycle | undefined;
  /** The same in a sentence, of one that has been at work for more than ten seconds. */
  worthTelling(kind: "sandbox" | "container", id: string): string | undefined;

  runtimeCondition(): Condition;
  networkCondition(): Condition;
  handlers(): readonly HandlerView[];
  cgroupDriver(): "cgroupfs" | "systemd";
  /** What `crictl info` shows besides the conditions: plain JSON. */
  info(): Readonly<Record<string, unknown>>;
}
