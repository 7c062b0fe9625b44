/** What is to be, by the records: the children that supervisors start with, now and after every crash. */
import type { AttachmentMemo } from "../machines/attachment.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import {
  attachmentActorId,
  containerActorId,
  leakedActorId,
  objectOf,
  podActorId,
  sandboxActorId,
} from "../supervisors/names.ts";
import type { ChildSpec } from "../supervisors/supervisor.ts";
import type { Inventory } from "../supervisors/tree.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { isHostNetwork, sharesProcesses } from "./pod-hands.ts";
import type { Attachments } from "./record-hands.ts";

export interface InventoryOptions {
  readonly books: Books;
  readonly attachments: Attachments;
  /** `kind/id` of things that nobody owns, found at start. */
  readonly debris: readonly string[];
  readonly now: () => MonoMs;
}

export const inventoryOf = ({ books, attachments, debris, now }: InventoryOptions): Inventory => {
  const sandboxChild = (entry: SandboxEntry): ChildSpec => ({
    kind: "sandbox",
    id: sandboxActorId(entry.id),
    input: {
      id: entry.id,
      at: now(),
      hostNetwork: isHostNetwork(entry),
      sharesProcesses: sharesProcesses(entry),
      ...(entry.memo ? { memo: entry.memo } : {}),
    },
  });
  const containerChild = (entry: ContainerEntry): ChildSpec => ({
    kind: "container",
    id: containerActorId(entry.id),
    input: { id: entry.id, at: now(), ...(entry.memo ? { memo: entry.memo } : {}) },
  });
  const attachmentChild = (id: string): ChildSpec | undefined => {
    const record = attachments.get(id);
    if (!record) return undefined;
    // After a reboot the sandbox's record is gone, and with it the wish for a network; DEL is still owed.
    const memo: AttachmentMemo = {
      phase: record.phase,
      ips: record.ips,
      wanted: books.sandboxes.entry(id) !== undefined,
    };
    return { kind: "attachment", id: attachmentActorId(id), input: { id, at: now(), memo } };
  };

  return {
    pods() {
      const sandboxes = new Set<string>([
        ...books.sandboxes.entries().map(({ id }) => id),
        ...books.containers.entries().map(({ sandboxId }) => sandboxId),
        ...attachments.keys(),
      ]);
      return [...sandboxes].map((id) => ({ kind: "pod", id: podActorId(id), input: { id: podActorId(id) } }));
    },
    inPod(podId) {
      const id = objectOf(podId);
      const sandbox = books.sandboxes.entry(id);
      const attachment = attachmentChild(id);
      return [
        ...(sandbox ? [sandboxChild(sandbox)] : []),
        ...(attachment ? [attachment] : []),
        ...books.containers
          .entries()
          .filter(({ sandboxId }) => sandboxId === id)
          .map(containerChild),
      ];
    },
    leaks: () => debris.map((what) => ({ kind: "leaked", id: leakedActorId(what), input: { id: what } })),
    renew(child) {
      const id = objectOf(child.id);
      const sandbox = child.kind === "sandbox" ? books.sandboxes.entry(id) : undefined;
      const container = child.kind === "container" ? books.containers.entry(id) : undefined;
      if (child.kind === "attachment") return attachmentChild(id) ?? child;
      if (sandbox) return sandboxChild(sandbox);
      return container ? containerChild(container) : undefined;
    },
  };
};
