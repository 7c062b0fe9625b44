/** What an attach waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const attachHelp: MachineHelp = {
  title: "An attach",
  waits: {
    prepare: {
      what: "the FIFOs of its copies are made",
      lasting: "a full `/run`",
    },
    join: {
      what: "the monitor begins to copy",
      lasting: "the monitor: see monitor-link",
    },
    detached: {
      what: "a client is before the container",
      lasting: "the client itself; the container never waits for it",
    },
    closeInput: {
      what: "the container's stdin comes to its end (`stdin_once`)",
      lasting: "the monitor",
    },
    leave: {
      what: "the copies end, their FIFOs are removed",
      lasting: "the monitor",
    },
    until: {
      what: "the next try to remove them",
      lasting: "the error that the wait shows; nobody waits for it",
    },
  },
};
