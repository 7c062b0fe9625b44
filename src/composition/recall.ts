/**
 * Reads what an earlier daemon left: records into the books, and what belongs to nobody into a list.
 *
 * A record that cannot be read is told and left alone: what it is about is neither killed nor deleted.
 */
import type { AttachmentRecordInput } from "../machines/attachment.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import type { ContainerConfig, SandboxConfig } from "../vocabulary/index.ts";
import { holdImages, imagesOf } from "./image-holds.ts";
import type { Parts } from "./parts.ts";
import type { Attachments } from "./record-hands.ts";

export interface Decoders {
  sandbox(bytes: Uint8Array): SandboxConfig;
  container(bytes: Uint8Array): ContainerConfig;
}

export interface Recalled {
  /** `kind/id` of what nobody owns. */
  readonly debris: readonly string[];
  /** One sentence for each record that cannot be read. */
  readonly doubts: readonly string[];
  /** Ids whose records cannot be read. */
  readonly spared: ReadonlySet<string>;
}

/** Throws for JSON that is no record of `id`: taken for one, it would count as made and never begun. */
export const checkRecord = (id: string, record: unknown): void => {
  const { id: recorded, memo } = (record ?? {}) as Partial<SandboxEntry>;
  if (recorded !== id) throw new Error(`it is the record of ${JSON.stringify(recorded)}`);
  if (typeof memo?.phase !== "string") throw new Error("it does not say how far the work had come");
};

const attached = (id: string, sandbox: SandboxEntry | undefined): AttachmentRecordInput => ({
  id,
  phase: "attached",
  ips: sandbox?.memo?.ips ?? [],
});

/** Throws for what is none: by a phase that there is not, the network of a pod that runs would count as left over. */
const attachmentOf = (id: string, json: string): AttachmentRecordInput => {
  const { id: recorded, phase, ips } = (JSON.parse(json) ?? {}) as Partial<AttachmentRecordInput>;
  if (recorded !== id) throw new Error(`it is the record of ${JSON.stringify(recorded)}`);
  if (phase !== "adding" && phase !== "attached") throw new Error("it does not say how far the work had come");
  if (!Array.isArray(ips)) throw new Error("it does not say which addresses the pod has");
  return { id, phase, ips };
};

export const recall = async (
  parts: Parts,
  books: Books,
  attachments: Attachments,
  decode: Decoders,
): Promise<Recalled> => {
  const { records, doubtful } = parts.runStore.load();
  const doubts = doubtful.map(
    ({ file, reason }) => `${file} cannot be read (${reason}); what it is about is left alone`,
  );
  const spared = new Set<string>(doubtful.map(({ id }) => id));
  await parts.images.open(
    records.flatMap(({ kind, record }) =>
      kind === "container" && record !== null ? imagesOf(record as ContainerEntry) : [],
    ),
  );
  for (const { kind, id, record, config: bytes } of records) {
    try {
      checkRecord(id, record);
      if (kind === "sandbox")
        books.sandboxes.put({ ...(record as SandboxEntry), bytes, config: decode.sandbox(bytes) });
      if (kind === "container") {
        const entry: ContainerEntry = {
          ...(record as ContainerEntry),
          bytes,
          config: decode.container(bytes),
        };
        books.containers.put(entry);
        holdImages(parts.images, entry);
      }
    } catch (error) {
      spared.add(id);
      doubts.push(
        `the record of ${kind} ${id} cannot be understood (${String(error)}); what it is about is left alone`,
      );
    }
  }
  for (const { key, json, damaged } of await parts.durable.all("attachments")) {
    // Without its sandbox it would count as left over from another boot, and go, under a pod that may be running.
    if (spared.has(key)) continue;
    try {
      if (damaged !== undefined) throw new Error(damaged);
      attachments.set(key, attachmentOf(key, json));
    } catch (error) {
      doubts.push(
        `the record of attachment ${key} cannot be understood (${String(error)}); it is taken to be attached`,
      );
      attachments.set(key, attached(key, books.sandboxes.entry(key)));
    }
  }
  // A store that was lost owes them a DEL all the same.
  for (const entry of books.sandboxes.entries())
    if (entry.memo?.phase === "ready" && entry.memo.ips.length > 0 && !attachments.has(entry.id))
      attachments.set(entry.id, attached(entry.id, entry));
  // Nobody knows which image an unreadable container runs from: all of them keep their layers.
  if (spared.size > 0) for (const { id } of parts.images.list()) parts.images.hold(id, `doubt about ${id}`);
  const owned = (id: string): boolean => books.containers.entry(id) !== undefined || spared.has(id);
  const debris = (await parts.rootfs.list()).filter((id) => !owned(id)).map((id) => `rootfs/${id}`);
  parts.execs.clear();
  return { debris, doubts, spared };
};
