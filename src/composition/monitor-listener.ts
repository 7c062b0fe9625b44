/** What the monitor tells goes to the actor it is about; what nobody knows of is let go, unless a record was unreadable. */
import type { Monitor, MonitorListener } from "../drivers/monitor/monitor.ts";
import type { Books } from "../supervisors/books.ts";
import { attachActorId, containerActorId, execActorId, sandboxActorId } from "../supervisors/names.ts";
import type { System } from "../supervisors/system.ts";
import type { MonoMs } from "../vocabulary/index.ts";

export const monitorListener = (
  system: System,
  books: Books,
  monitor: Monitor,
  spared: ReadonlySet<string>,
  now: () => MonoMs,
): MonitorListener => {
  // A monitor that cannot be told now will ask again after the next greeting.
  const letGo = (work: Promise<void>): void => void work.catch(() => undefined);
  return {
    exited(id, exit) {
      // An actor that is being started again looks for itself.
      if (system.tell(containerActorId(id), { type: "exited", exit })) return;
      if (system.tell(sandboxActorId(id), { type: "exited", exit })) return; // an infra process has its sandbox's id
      if (!books.containers.entry(id) && !books.sandboxes.entry(id) && !spared.has(id)) letGo(monitor.forget(id));
    },
    execExited(id, exit) {
      if (!system.tell(execActorId(id), { type: "execExited", exit })) letGo(monitor.acknowledge(id));
    },
    detached: (attachId, why) => void system.tell(attachActorId(attachId), { type: "detached", why }),
    lost: (reason) => void system.tell("monitor-link", { type: "lost", reason, at: now() }),
  };
};
