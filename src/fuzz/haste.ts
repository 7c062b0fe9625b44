/** Whoever asks for a stop or a removal hastens it: what rests after a failure is tried again, for the cause may be mended. */
import type { AnyActorRef } from "xstate";
import { pathOf } from "../machines/path.ts";
import { attachmentActorId, containerActorId, podActorId, sandboxActorId } from "../vocabulary/actor-ids.ts";
import type { Daemon } from "./daemon.ts";

const placeOf = (ref: AnyActorRef): string | undefined => {
  const { status, value } = ref.getSnapshot() as { readonly status: string; readonly value?: unknown };
  return status === "active" ? pathOf(value) : undefined;
};

/** Who works for what is asked of this object: itself, and those of the pod that a sandbox waits for. */
const workers = ({ system, books }: Daemon, id: string): readonly AnyActorRef[] => {
  const [sandbox, container] = [system.find(sandboxActorId(id)), system.find(containerActorId(id))];
  const pod = system.find(podActorId(books.containers.entry(id)?.sandboxId ?? id));
  if (!pod || placeOf(pod) === undefined) return []; // it has crashed, and with it all of them
  const place = (sandbox && placeOf(sandbox)) ?? "";
  const ofPod = /^(stopping\.emptying|removing\.clearing)$/.test(place)
    ? books.containers.entries().filter(({ sandboxId }) => sandboxId === id)
    : [];
  const others = ofPod.map((entry) => system.find(containerActorId(entry.id)));
  const attachment = place.endsWith(".detaching") ? system.find(attachmentActorId(id)) : undefined;
  return [sandbox, container, attachment, ...others].filter((ref) => ref !== undefined);
};

/** A container's own rests on its way to an end are as long as its grace, whoever asks. */
const RESTS = /^((removing|settling|stopping|removing\.endingInfra|stopping\.endingInfra)\.)?resting$/;

/** The rests under way of those who work for this object: each by its call's number. */
export const restsOf = (daemon: Daemon, id: string): ReadonlyMap<number, string> => {
  const open = daemon.system.door.openCalls();
  const resting = workers(daemon, id).filter((ref) => {
    const place = placeOf(ref) ?? "";
    return RESTS.test(place) && !(ref.id.startsWith("container/") && place.startsWith("stopping"));
  });
  const ids = new Set(resting.map((ref) => ref.id));
  return new Map(open.filter(({ call }) => ids.has(call.by)).map(({ n, call }) => [n, call.by]));
};

/** Who still rests as before. */
export const stillResting = (daemon: Daemon, id: string, before: ReadonlyMap<number, string>): string | undefined =>
  [...restsOf(daemon, id)].find(([n]) => before.has(n))?.[1];
