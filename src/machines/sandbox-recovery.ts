/** Where a sandbox goes on after its actor or its daemon died: record × pins → phase. Pure. */
import type { Failure } from "../errors.ts";
import type { Init } from "./container-recovery.ts";
import type { SandboxPhase, SandboxVerb } from "./sandbox-setup.ts";
import type { WorkMemo } from "./work.ts";

export interface SandboxMemo extends WorkMemo<SandboxVerb> {
  readonly phase: SandboxPhase;
  readonly hostNetwork: boolean;
  readonly sharesProcesses: boolean;
  readonly infra: Init | null;
  readonly ips: readonly string[];
  readonly failure: Failure | null;
}

export interface SandboxFound {
  /** All that it was given is still there: each namespace, pinned or kept by the infra process, and its network. */
  readonly intact?: boolean;
}

export interface RecoveredSandbox {
  readonly as: "ready" | "stopping" | "stopped" | "removing";
  readonly failure?: Failure;
}

export const recoverSandbox = (memo: SandboxMemo, { intact }: SandboxFound): RecoveredSandbox => {
  switch (memo.phase) {
    case "creating":
      return {
        as: "removing",
        failure: {
          code: "Unavailable",
          text: "creating the sandbox was interrupted by a restart of the runtime; the client may ask again",
        },
      };
    case "ready":
      // Nothing can be started in what is left of it, which goes in order.
      return { as: intact ? "ready" : "stopping" };
    case "stopping":
    case "stopped":
    case "removing":
      return { as: memo.phase };
  }
};
