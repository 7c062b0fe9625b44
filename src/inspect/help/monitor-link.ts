/** What the link to the monitor waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const monitorLinkHelp: MachineHelp = {
  title: "The link to the monitor",
  waits: {
    connect: {
      what: "the monitor answers, or is started",
      lasting: "`/run/troupe/monitor.log`",
    },
    upgrade: {
      what: "the monitor has replaced its program",
      lasting: "`/run/troupe/monitor.log`",
    },
    until: {
      what: "the next try",
      lasting: "",
    },
  },
};
