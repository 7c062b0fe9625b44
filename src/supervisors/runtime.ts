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
  RegistryAuth,
  SandboxConfig,
  SandboxId,
  SandboxView,
} from "../vocabulary/index.ts";

export interface Caller {
  /** Milliseconds since 1970 at which the caller stops waiting; absent: it waits for ever. */
  readonly deadline?: number;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

/** A configuration twice: as read, and as the bytes that came, which are what is kept on disk and compared. */
export interface Configured<Config> {
  readonly config: Config;
  readonly bytes: Uint8Array;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
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

export interface Runtime {
  runSandbox(request: Configured<SandboxConfig> & { readonly handler: string }, caller: Caller): Promise<SandboxId>;
  /** Unknown ids are fine. */
  stopSandbox(id: string, caller: Caller): Promise<void>;
  /** Unknown ids are fine. */
  removeSandbox(id: string, caller: Caller): Promise<void>;
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
  containers(): readonly ContainerView[];
  container(id: string): ContainerView;
  /** `timeoutMs` 0: no bound but the caller's. */
  execSync(id: string, command: readonly string[], timeoutMs: number, caller: Caller): Promise<ExecResult>;

  pullImage(reference: string, auth: RegistryAuth | undefined, caller: Caller): Promise<ImageId>;
  images(): readonly Image[];
  image(reference: string): Image | undefined;
  removeImage(reference: string): Promise<void>;
  imageFs(): Promise<ImageFsUsage>;

  runtimeCondition(): Condition;
  networkCondition(): Condition;
  handlers(): readonly HandlerView[];
  cgroupDriver(): "cgroupfs" | "systemd";
  /** What `crictl info` shows besides the conditions: plain JSON. */
  info(): Readonly<Record<string, unknown>>;
}
