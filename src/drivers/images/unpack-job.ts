/** What daemon and unpack worker say to each other, as JSON over the IPC channel: one job, then one answer. */
import type { Failure } from "../../errors.ts";
import type { LayerLimits } from "./layer-work.ts";
import type { WrittenLayer } from "./layer-writer.ts";

/** A layer that is here already, or one to be unpacked. */
export type LayerOfJob =
  | { readonly here: string; readonly opaqueRoot: boolean }
  | { readonly digest: string; readonly diffId: string; readonly blob: string; readonly directory: string };

export interface UnpackJob {
  readonly daemonPid: number;
  /** The pull's temporary directory, which the worker locks while it lives. */
  readonly temporary: string;
  /** The whole chain, bottom first. */
  readonly layers: readonly LayerOfJob[];
  readonly limits: LayerLimits;
}

/** `unpacked` has one element for each layer that was to be unpacked, in the order of the job; all is synced to disk. */
export type UnpackAnswer = { readonly unpacked: readonly WrittenLayer[] } | { readonly failure: Failure };
