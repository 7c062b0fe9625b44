/**
 * Zombies that nobody asked for: as subreaper the monitor inherits what a failed exec or a container in the host's pid
 * namespace leaves behind. What a tool under way has made looks the same, and is for the caller to know.
 */
import { ownChildren, statOf } from "../drivers/linux/process.ts";
import { reapPid } from "../drivers/linux/waitid.ts";

/** Reaps the ended children that are not in `kept`, each by its pid. */
export const sweepStrays = (kept: ReadonlySet<number>): void => {
  for (const pid of ownChildren()) if (!kept.has(pid) && statOf(pid)?.state === "Z") reapPid(pid);
};
