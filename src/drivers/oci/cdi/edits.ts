/** What the Container Device Interface changes of a container (`containerEdits`, CDI 1.1.0). */
import type { Hook, HookStage, IntelRdt, SpecMount } from "../spec/runtime-spec.ts";

export interface CdiDeviceNode {
  readonly path: string;
  /** Absent: the same as in the container. */
  readonly hostPath?: string;
  readonly type?: "b" | "c" | "p";
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  /** Some of `rwm`. */
  readonly permissions: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface ContainerEdits {
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly deviceNodes: readonly CdiDeviceNode[];
  readonly mounts: readonly SpecMount[];
  readonly hooks: readonly { readonly stage: HookStage; readonly hook: Hook }[];
  readonly additionalGids: readonly number[];
  readonly intelRdt?: IntelRdt;
}

export const noEdits: ContainerEdits = { env: [], deviceNodes: [], mounts: [], hooks: [], additionalGids: [] };

/** One after another; of several classes for resctrl the last one holds. */
export const allEdits = (parts: readonly ContainerEdits[]): ContainerEdits => {
  const intelRdt = parts.findLast((part) => part.intelRdt)?.intelRdt;
  return {
    env: parts.flatMap(({ env }) => env),
    deviceNodes: parts.flatMap(({ deviceNodes }) => deviceNodes),
    mounts: parts.flatMap(({ mounts }) => mounts),
    hooks: parts.flatMap(({ hooks }) => hooks),
    additionalGids: [...new Set(parts.flatMap(({ additionalGids }) => additionalGids))],
    ...(intelRdt && { intelRdt }),
  };
};
