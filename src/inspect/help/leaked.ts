/** What something that was left waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const leakedHelp: MachineHelp = {
  title: "Something that was left",
  waits: {
    sweep: {
      what: "something without an owner, found at start, is removed",
      lasting: "a mount that is in use",
    },
    until: {
      what: "the next try, after one that failed",
      lasting: "`last trouble` says what failed",
    },
  },
};
