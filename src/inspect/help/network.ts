/** What the pod network waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const networkHelp: MachineHelp = {
  title: "The pod network",
  waits: {
    watch: {
      what: "the CNI directory is read",
      lasting: "a plugin that does not answer VERSION or STATUS",
    },
  },
};
