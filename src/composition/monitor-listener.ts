/** What the monitor tells goes to the actor it is about; what nobody knows of is let go, unless a record was unreadable. */
import type { MonitorListener } from "../drivers/monitor/monitor.ts";
import type { Books } from "../supervisors/books.ts";
import { attachActorId, containerActorId, execActorId, sandboxActorId } from "../vocabulary/actor-ids.ts";
import type { System } from "../supervisors/system.ts";
import type { ExecId, MonoMs } from "../vocabulary/index.ts";
import type { Parts } from "./parts.ts";

export const monitorListener = (
  system: System,
  books: Books,
  { monitor, bundles, figures }: Pick<Parts, "monitor" | "bundles" | "figures">,
  spared: ReadonlySet<string>,
  now: () => MonoMs,
): MonitorListener => {
  // A monitor that cannot be told now will ask again after the next greeting.
  const letGo = (work: Promise<void>): void => void work.catch(() => undefined);
  /** Which container it was in its daemon knew: its files are looked for with all of them. */
  const dismiss = async (id: ExecId): Promise<void> => {
    await monitor.acknowledge(id);
    for (const container of books.containers.entries()) await bundles.removeProcess(container.id, id);
  };
  return {
    exited(id, exit) {
      figures.forget(id);
      // An actor that is being started again looks for itself.
      if (system.tell(containerActorId(id), { type: "exited", exit })) return;
      if (system.tell(sandboxActorId(id), { type: "exited", exit })) return; // an infra process has its sandbox's id
      if (!books.containers.entry(id) && !books.sandboxes.entry(id) && !spared.has(id)) letGo(monitor.forget(id));
    },
    execExited(id, exit) {
      if (!system.tell(execActorId(id), { type: "execExited", exit })) letGo(monitor.acknowledge(id));
    },
    // Of an earlier daemon: its client went with that, and nobody would hear of its end.
    execFound(id) {
      if (!system.find(execActorId(id))) letGo(dismiss(id));
    },
    detached: (attachId, why) => void system.tell(attachActorId(attachId), { type: "detached", why }),
    lost: (reason) => void system.tell("monitor-link", { type: "lost", reason, at: now() }),
  };
};
