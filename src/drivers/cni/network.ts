/** Pod networks by CNI plugins: the chain of one conflist out of a watched directory. */
import type { PortMapping, SandboxId } from "../../vocabulary/index.ts";

export interface AttachRequest {
  readonly id: SandboxId;
  readonly netns: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
  readonly portMappings: readonly PortMapping[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

export interface Attached {
  /** The pod's addresses in the plugins' order; the first is the primary one. Never empty. */
  readonly ips: readonly string[];
  readonly networkName: string;
}

/** Whether a pod network can be had now, and if not, why: what CRI's NetworkReady says. */
export type NetworkReadiness =
  { readonly ready: true; readonly name: string } | { readonly ready: false; readonly reason: string };

/** Told of each plugin before it is called: `plugin bridge, ADD`. */
export type TellPlugin = (doing: string) => void;

export interface Network {
  /** Reads the directory and begins to watch it; `changed` is called at each change of readiness. */
  watch(changed: (readiness: NetworkReadiness) => void): Promise<void>;
  readiness(): NetworkReadiness;
  /** ADD of each plugin in order; on a failure or abort the plugins' process groups are dead before it rejects. It owes a `detach`. */
  attach(request: AttachRequest, signal: AbortSignal, tell?: TellPlugin): Promise<Attached>;
  /** DEL in reverse with the cached configuration and result; works without the netns (`netns` ""), and when nothing was ever added. */
  detach(id: SandboxId, netns: string, signal: AbortSignal, tell?: TellPlugin): Promise<void>;
  /** The cached result of a completed `attach`. */
  cached(id: SandboxId): Promise<Attached | undefined>;
  /** Waits (bounded) for plugins of a dead daemon that still work on this sandbox, then kills them. */
  settle(id: SandboxId, boundMs: number): Promise<void>;
  close(): void;
}
