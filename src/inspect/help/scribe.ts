/** What the scribe waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const scribeHelp: MachineHelp = {
  title: "The scribe",
  waits: {
    storeFailed: {
      what: "the life of the daemon: it ends when the store of durable records can write no more",
      lasting: "the disk of `/var/lib/troupe`",
    },
  },
};
