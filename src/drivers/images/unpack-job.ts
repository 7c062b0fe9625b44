/**
 * What daemon and unpack worker say to each other, as JSON over the IPC channel: a job, how far its blobs have come, an answer;
 * after a good one the worker is there for another job.
 */
import type { Failure } from "../../errors.ts";
import type { LayerLimits } from "./layer-work.ts";
import type { WrittenLayer } from "./layer-writer.ts";

/** A layer to be unpacked. Its blob may still be on its way: `came` tells. */
export interface LayerToCome {
  readonly digest: string;
  readonly diffId: string;
  readonly blob: string;
  /** Of the blob. */
  readonly sizeBytes: number;
  readonly directory: string;
}

/** A layer that is here already, or one to be unpacked. */
export type LayerOfJob = { readonly here: string; readonly opaqueRoot: boolean } | LayerToCome;

export interface UnpackJob {
  readonly daemonPid: number;
  /** The pull's temporary directory, which the worker locks while it works. */
  readonly temporary: string;
  /** The whole chain, bottom first. */
  readonly layers: readonly LayerOfJob[];
  readonly limits: LayerLimits;
}

/** So many bytes of a blob are in its file; fewer than before: it was begun anew. `whole`: all of them, and they are right. */
export interface BlobCame {
  readonly blob: string;
  readonly bytes: number;
  readonly whole: boolean;
}

export type ToWorker = { readonly job: UnpackJob } | { readonly came: BlobCame };

/** `unpacked` has one element for each layer that was to be unpacked, in the order of the job; all is synced to disk. */
export type UnpackAnswer = { readonly unpacked: readonly WrittenLayer[] } | { readonly failure: Failure };
