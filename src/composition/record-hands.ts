/**
 * Records: what actors commit goes to the store and, once it is there, to the books that readers see.
 *
 * Sandboxes and containers are this boot's (/run); attachments outlive it, but nothing that ends a pod waits for the
 * disk they are on.
 */
import type { Drivers } from "../actors/drivers.ts";
import { NotFound } from "../errors.ts";
import type { AttachmentRecordInput } from "../machines/attachment.ts";
import type { ContainerMemo } from "../machines/container-recovery.ts";
import type { SandboxMemo } from "../machines/sandbox-recovery.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import type { Parts } from "./parts.ts";

export type Attachments = Map<string, AttachmentRecordInput>;

/** An entry as a record: the configuration is kept beside it, as bytes. */
export const recordOf = <Entry extends SandboxEntry | ContainerEntry>({
  config: _,
  bytes: __,
  ...record
}: Entry): Omit<Entry, "config" | "bytes"> => record;

/** Once an update is over, what was wanted is in force, or nothing; only of a doubt it is kept. */
export const withLimits = (entry: ContainerEntry, { phase, limits }: ContainerMemo): ContainerEntry => {
  const { change, ...rest } = entry;
  if (phase === "updating" || limits === "doubtful" || !change) return entry;
  return limits === "changed" && entry.memo?.phase === "updating" ? { ...rest, resources: change.to } : rest;
};

const known = <Entry>(kind: string, id: string, entry: Entry | undefined): Entry => {
  if (!entry) throw new NotFound(kind, id);
  return entry;
};

export const recordHands = (
  { runStore, durable, clock }: Parts,
  books: Books,
  attachments: Attachments,
  forgotten: (id: string) => void = () => {},
): Drivers["records"] => ({
  putSandbox({ id, ...memo }: SandboxMemo & { id: string }) {
    const entry = known("sandbox", id, books.sandboxes.entry(id));
    const changed: SandboxEntry = { ...entry, memo };
    runStore.put("sandbox", id, recordOf(changed), entry.bytes);
    books.sandboxes.put(changed);
  },
  forgetSandbox({ id }) {
    runStore.remove("sandbox", id);
    books.sandboxes.remove(id);
    forgotten(id);
  },
  putContainer({ id, ...memo }: ContainerMemo & { id: string }) {
    // Where a checkpoint goes is of this life only.
    const { startedAt, checkpoint: _, ...rest } = known("container", id, books.containers.entry(id));
    // A start that an earlier actor began, and that came to nothing, is none.
    const entry: ContainerEntry = startedAt === undefined || memo.phase === "created" ? rest : { ...rest, startedAt };
    // Before `start` is called: a program that ends at once must not have ended before it began.
    const started = memo.phase === "starting" && !entry.startedAt ? { startedAt: clock.wallNs() } : {};
    const changed: ContainerEntry = { ...withLimits(entry, memo), ...started, memo };
    runStore.put("container", id, recordOf(changed), entry.bytes);
    books.containers.put(changed);
  },
  forgetContainer({ id }) {
    runStore.remove("container", id);
    books.containers.remove(id);
    forgotten(id);
  },
  async putAttachment(record) {
    // From here on DEL is owed. What is known of it never says more than the disk: after a death that alone is true.
    if (!attachments.has(record.id)) attachments.set(record.id, record);
    await durable.put("attachments", record.id, JSON.stringify(record));
    if (attachments.has(record.id)) attachments.set(record.id, record);
  },
  forgetAttachment({ id }) {
    attachments.delete(id);
    // Not waited for: a record too many costs one DEL more after a reboot, and a slow disk must not hold up a pod's end.
    void durable.remove("attachments", id).catch(() => undefined); // a store that fails tells the scribe itself
  },
});
