/** What the daemon waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const daemonHelp: MachineHelp = {
  title: "The daemon",
  waits: {
    recovered: {
      what: "everything found in the records is looked at, for ten seconds at most",
      lasting: "`troupe waits` is not there yet; the log names what is slow",
    },
    serve: {
      what: "its socket is being opened",
      lasting: "another program holds the socket's path",
    },
    flush: {
      what: "records are flushed and the socket closed",
      lasting: "a slow disk",
    },
  },
};
