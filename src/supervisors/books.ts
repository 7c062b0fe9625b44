/**
 * The books: every sandbox and container of this boot, as last committed, with the configuration it was made from.
 *
 * Readers get views, immutable and made anew at each commit, so List and Status never wait for anybody. Work that is on
 * its way but not committed is known here too (`drafts` have a name, and an owner after a crash), but is not shown.
 */
import type { ContainerMemo } from "../machines/container-recovery.ts";
import type { SandboxMemo } from "../machines/sandbox-recovery.ts";
import type {
  ContainerConfig,
  ContainerId,
  ContainerView,
  ImageId,
  PodSums,
  Resources,
  SandboxConfig,
  SandboxId,
  SandboxView,
  WallNs,
} from "../vocabulary/index.ts";
import { containerViewOf, sandboxViewOf } from "./views.ts";

/** What a sandbox is besides its phase. */
export interface SandboxEntry {
  readonly id: SandboxId;
  readonly config: SandboxConfig;
  /** The protobuf bytes of the configuration, as they came: kept on disk, and compared when a call is repeated. */
  readonly bytes: Uint8Array;
  readonly handler: string;
  readonly createdAt: WallNs;
  readonly namespacePaths: Readonly<Record<string, string>>;
  /** As last given by an update; absent: as in the configuration. */
  readonly sums?: PodSums;
  /** As last committed; null before the first commit. */
  readonly memo: SandboxMemo | null;
}

/** An update of limits: what is to be, and what to go back to, with what the kernel had where nothing was given. */
export interface LimitChange {
  readonly from: Resources;
  readonly to: Resources;
}

/** Of a checkpoint under way. */
export interface CheckpointPlan {
  /** An absolute path. */
  readonly location: string;
  readonly at: WallNs;
}

export interface ContainerEntry {
  readonly id: ContainerId;
  readonly sandboxId: SandboxId;
  /** The sandbox's, whose record may be lost when the container's is not. */
  readonly cgroupParent: string;
  readonly config: ContainerConfig;
  readonly bytes: Uint8Array;
  readonly handler: string;
  readonly imageId: ImageId;
  readonly imageRef: string;
  /** Of the images that it has as volumes, by what its configuration calls them. */
  readonly volumeImages?: Readonly<Record<string, ImageId>>;
  readonly logPath: string;
  readonly createdAt: WallNs;
  readonly startedAt?: WallNs;
  readonly user: ContainerView["user"];
  readonly stopSignal: number;
  readonly warnings: readonly string[];
  /** In force since an update; absent: those of the configuration. */
  readonly resources?: Resources;
  /** Of an update under way, or of one that failed and left them in doubt. */
  readonly change?: LimitChange;
  /** The last one asked for; no part of the record. */
  readonly checkpoint?: CheckpointPlan;
  readonly memo: ContainerMemo | null;
}

/** CRI's identity of a sandbox: one that comes twice means the same pod's same attempt. */
export const sandboxName = ({ metadata: { name, namespace, uid, attempt } }: SandboxConfig): string =>
  [namespace, name, uid, attempt].join("/");
export const containerName = (sandboxId: string, { name, attempt }: ContainerConfig): string =>
  [sandboxId, name, attempt].join("/");

/** The limits that were given and are in force. */
export const resourcesOf = ({ resources, config }: ContainerEntry): Resources => resources ?? config.resources;

/** It is being undone or removed. */
export const isLeaving = ({ memo }: { readonly memo: { readonly phase: string } | null }): boolean =>
  memo?.phase === "removing";

interface Shelved {
  readonly id: string;
  readonly memo: { readonly phase: string } | null;
}

/** What readers saw of one object, and what they see now; undefined: nothing. It must not throw, or the commit fails. */
type Watcher<View> = (before: View | undefined, after: View | undefined) => void;

class Shelf<Entry extends Shelved, View> {
  readonly #entries = new Map<string, Entry>();
  readonly #names = new Map<string, string>();
  readonly #views = new Map<string, View>();
  readonly #nameOf: (entry: Entry) => string;
  readonly #viewOf: (entry: Entry, before: View | undefined) => View | undefined;
  #list: readonly View[] | undefined;
  #watcher: Watcher<View> = () => {};

  constructor(nameOf: (entry: Entry) => string, viewOf: (entry: Entry, before: View | undefined) => View | undefined) {
    this.#nameOf = nameOf;
    this.#viewOf = viewOf;
  }

  /** Puts an entry in place; its view changes with it. */
  put(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    const holder = this.named(this.#nameOf(entry));
    // One that is being removed has lost its name to whoever has it by now.
    if (!holder || holder.id === entry.id || isLeaving(holder)) this.#names.set(this.#nameOf(entry), entry.id);
    const before = this.#views.get(entry.id);
    const view = this.#viewOf(entry, before);
    if (view) this.#views.set(entry.id, view);
    else this.#views.delete(entry.id);
    this.#list = undefined;
    this.#watcher(before, view);
  }

  /** Told of each commit, when readers see it. One at a time. */
  watch(watcher: Watcher<View>): void {
    this.#watcher = watcher;
  }

  change(id: string, patch: Partial<Entry>): void {
    const entry = this.#entries.get(id);
    if (entry) this.put({ ...entry, ...patch });
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const name = this.#nameOf(entry);
    if (this.#names.get(name) === id) this.#names.delete(name);
    const before = this.#views.get(id);
    this.#entries.delete(id);
    this.#views.delete(id);
    this.#list = undefined;
    this.#watcher(before, undefined);
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  named(name: string): Entry | undefined {
    return this.#entries.get(this.#names.get(name) ?? "");
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  view(id: string): View | undefined {
    return this.#views.get(id);
  }

  views(): readonly View[] {
    return (this.#list ??= [...this.#views.values()]);
  }

  /** Full ids that begin with `prefix` and are shown: one is an answer, several are a question. */
  matching(prefix: string): readonly string[] {
    if (this.#views.has(prefix)) return [prefix];
    return prefix === "" ? [] : [...this.#views.keys()].filter((id) => id.startsWith(prefix));
  }
}

export type Sandboxes = Shelf<SandboxEntry, SandboxView>;
export type Containers = Shelf<ContainerEntry, ContainerView>;

export interface Books {
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
}

export const emptyBooks = (): Books => ({
  sandboxes: new Shelf((entry: SandboxEntry) => sandboxName(entry.config), sandboxViewOf),
  containers: new Shelf((entry: ContainerEntry) => containerName(entry.sandboxId, entry.config), containerViewOf),
});
