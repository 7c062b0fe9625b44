/**
 * What actors ask of the world, verb by verb. Inputs are JSON with decision data and an id; whatever else a driver needs
 * (configurations, credentials, paths) it looks up by that id. `src/composition/` joins these to the real drivers.
 */
import type { AttachmentRecordInput } from "../machines/attachment.ts";
import type { ContainerFound, Init, Looked } from "../machines/container-recovery.ts";
import type { ContainerRecordInput } from "../machines/container-setup.ts";
import type { Readiness } from "../machines/network.ts";
import type { SandboxFound } from "../machines/sandbox-recovery.ts";
import type { SandboxRecordInput } from "../machines/sandbox-setup.ts";
import type { MonoMs } from "../vocabulary/index.ts";

type Id = { readonly id: string };
type InContainer = Id & { readonly containerId: string };
/** Says what a call is at, for whoever asks why it lasts. No secrets: it is recorded. */
export type Tell = (doing: string) => void;
type Verb<Input, Output = void> = (input: Input, signal: AbortSignal, tell: Tell) => Promise<Output> | Output;

export interface Drivers {
  /** Calls of `clock` and `permits` wait by their nature; they do not hold up other calls of the same actor. */
  readonly clock: { readonly until: Verb<Id & { readonly at: MonoMs }, { at: MonoMs }> };
  readonly permits: {
    readonly add: Verb<Id>;
    readonly delete: Verb<Id>;
    readonly pull: Verb<Id>;
    readonly unpack: Verb<Id>;
  };

  readonly records: {
    readonly putSandbox: Verb<SandboxRecordInput>;
    readonly forgetSandbox: Verb<Id>;
    readonly putContainer: Verb<ContainerRecordInput>;
    readonly forgetContainer: Verb<Id>;
    readonly putAttachment: Verb<AttachmentRecordInput>;
    readonly forgetAttachment: Verb<Id>;
  };
  readonly namespaces: {
    readonly pin: Verb<Id>;
    readonly unpin: Verb<Id>;
    readonly look: Verb<Id & { readonly infra: Init | null }, SandboxFound>;
  };
  readonly infra: {
    readonly write: Verb<Id>;
    readonly create: Verb<Id, Init>;
    readonly start: Verb<Id>;
    readonly delete: Verb<Id>;
    readonly clear: Verb<Id>;
    readonly settle: Verb<Id>;
    readonly close: Verb<Id>;
    readonly remove: Verb<Id>;
  };
  readonly sandboxFiles: { readonly prepare: Verb<Id>; readonly remove: Verb<Id> };
  readonly network: {
    readonly watch: Verb<Id, Readiness>;
    readonly attach: Verb<Id, { ips: readonly string[] }>;
    readonly detach: Verb<Id>;
    readonly settle: Verb<Id>;
  };
  readonly cgroups: { readonly remove: Verb<Id>; readonly removeParent: Verb<Id> };
  readonly rootfs: { readonly mount: Verb<Id>; readonly unmount: Verb<Id> };
  readonly bundles: { readonly write: Verb<Id>; readonly remove: Verb<Id> };
  readonly runtime: {
    readonly start: Verb<Id>;
    /** Gives it the limits that are wanted; `restore` those that were before. */
    readonly update: Verb<Id>;
    readonly restore: Verb<Id>;
    /** Of the whole verb, archive and all; what is to be written, and where, was announced. */
    readonly checkpoint: Verb<Id & { readonly patienceMs: number }>;
    readonly ask: Verb<Id>;
    readonly force: Verb<Id, { at: MonoMs }>;
    readonly delete: Verb<Id>;
    readonly status: Verb<Id, ContainerFound["status"] | null>;
    readonly settle: Verb<Id>;
  };
  readonly monitor: {
    readonly connect: Verb<Id, { pid: number }>;
    readonly upgrade: Verb<Id, { pid: number }>;
    readonly create: Verb<Id, Init>;
    readonly look: Verb<Id & { readonly init: Init | null }, Looked>;
    readonly drain: Verb<Id>;
    readonly acknowledge: Verb<Id>;
    readonly forget: Verb<Id>;
  };
  readonly execs: {
    readonly prepare: Verb<InContainer>;
    readonly spawn: Verb<InContainer, Init>;
    readonly kill: Verb<InContainer & { readonly process: Init | null }, { at: MonoMs }>;
    readonly hangUp: Verb<InContainer>;
    readonly collect: Verb<InContainer>;
    readonly clean: Verb<InContainer>;
  };
  readonly attaches: {
    readonly prepare: Verb<InContainer>;
    readonly join: Verb<InContainer>;
    readonly closeInput: Verb<InContainer>;
    readonly leave: Verb<InContainer>;
  };
  readonly images: {
    readonly resolve: Verb<Id>;
    readonly fetch: Verb<Id>;
    readonly unpack: Verb<Id>;
    readonly commit: Verb<Id, { imageId: string }>;
    readonly discard: Verb<Id>;
  };
  readonly daemon: { readonly serve: Verb<Id>; readonly flush: Verb<Id> };
  readonly leaks: { readonly sweep: Verb<Id> };
}
