/**
 * Reads what an earlier daemon left: records into the books, and what belongs to nobody into a list.
 *
 * A record that cannot be read is told and left alone: what it is about is neither killed nor deleted.
 */
import type { AttachmentRecordInput } from "../machines/attachment.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import type { ContainerConfig, SandboxConfig } from "../vocabulary/index.ts";
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
  for (const { kind, id, record, config: bytes } of records) {
    try {
      if (kind === "sandbox")
        books.sandboxes.put({ ...(record as SandboxEntry), bytes, config: decode.sandbox(bytes) });
      if (kind === "container") {
        const entry: ContainerEntry = {
          ...(record as ContainerEntry),
          bytes,
          config: decode.container(bytes),
        };
        books.containers.put(entry);
        parts.images.hold(entry.imageId, entry.id);
      }
    } catch (error) {
      spared.add(id);
      doubts.push(
        `the record of ${kind} ${id} cannot be understood (${String(error)}); what it is about is left alone`,
      );
    }
  }
  for (const { key, json } of await parts.durable.all("attachments"))
    attachments.set(key, JSON.parse(json) as AttachmentRecordInput);
  const owned = (id: string): boolean => books.containers.entry(id) !== undefined || spared.has(id);
  const debris = (await parts.rootfs.list()).filter((id) => !owned(id)).map((id) => `rootfs/${id}`);
  parts.execs.clear();
  return { debris, doubts, spared };
};
