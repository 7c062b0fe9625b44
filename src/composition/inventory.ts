/** What is to be, by the records: the children that supervisors start with, now and after every crash. */
import type { AttachmentMemo } from "../machines/attachment.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import {
  attachActorId,
  attachmentActorId,
  containerActorId,
  execActorId,
  imagePullActorId,
  leakedActorId,
  objectOf,
  podActorId,
  sandboxActorId,
} from "../vocabulary/actor-ids.ts";
import type { AttachUnderWay, ExecUnderWay } from "../supervisors/services.ts";
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
  /** Work on its way that has no record. */
  readonly underWay: {
    execs(): readonly ExecUnderWay[];
    attaches(): readonly AttachUnderWay[];
    pulls(): readonly string[];
  };
}

/** Execs, attaches and pulls are not taken up again: an actor of one that an earlier actor left only ends it. */
const crashed = <Input extends object>(at: MonoMs, input: Input) => ({ ...input, at, crashed: true });

export const inventoryOf = ({ books, attachments, debris, now, underWay }: InventoryOptions): Inventory => {
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

  const execChild = ({ id, containerId }: ExecUnderWay): ChildSpec => ({
    kind: "exec",
    id: execActorId(id),
    input: crashed(now(), { id, containerId, deadline: null, whenGone: "kill" }),
  });
  const attachChild = ({ id, containerId }: AttachUnderWay): ChildSpec => ({
    kind: "attach",
    id: attachActorId(id),
    input: crashed(now(), { id, containerId, closesInput: false }),
  });
  const pullChild = (id: string): ChildSpec => ({
    kind: "image-pull",
    id: imagePullActorId(id),
    input: crashed(now(), { id }),
  });

  return {
    pods() {
      const sandboxes = new Set<string>([
        ...books.sandboxes.entries().map(({ id }) => id),
        ...books.containers.entries().map(({ sandboxId }) => sandboxId),
        ...attachments.keys(),
        ...[...underWay.execs(), ...underWay.attaches()].map(({ sandboxId }) => sandboxId),
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
        ...underWay
          .execs()
          .filter(({ sandboxId }) => sandboxId === id)
          .map(execChild),
        ...underWay
          .attaches()
          .filter(({ sandboxId }) => sandboxId === id)
          .map(attachChild),
      ];
    },
    pulls: () => underWay.pulls().map(pullChild),
    leaks: () => debris.map((what) => ({ kind: "leaked", id: leakedActorId(what), input: { id: what } })),
    renew(child) {
      const id = objectOf(child.id);
      const sandbox = child.kind === "sandbox" ? books.sandboxes.entry(id) : undefined;
      const container = child.kind === "container" ? books.containers.entry(id) : undefined;
      if (child.kind === "exec") {
        const exec = underWay.execs().find((one) => one.id === id);
        return exec && execChild(exec);
      }
      if (child.kind === "attach") {
        const attach = underWay.attaches().find((one) => one.id === id);
        return attach && attachChild(attach);
      }
      if (child.kind === "image-pull") return underWay.pulls().includes(id) ? pullChild(id) : undefined;
      if (child.kind === "attachment") return attachmentChild(id) ?? child;
      if (sandbox) return sandboxChild(sandbox);
      return container ? containerChild(container) : undefined;
    },
  };
};
