/** What a network attachment waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const attachmentHelp: MachineHelp = {
  title: "A network attachment",
  waits: {
    record: {
      what: "its record is written to `/var/lib/troupe`",
      lasting: "a slow or full disk",
    },
    permitToAdd: {
      what: "its turn: a bounded number of CNI ADDs use the CPU at a time",
      lasting: "many pods start at once; permits come back after a second",
    },
    add: {
      what: "the CNI plugins' ADD",
      lasting: "`ps` shows the plugin; its own log; IPAM without addresses; the network's daemon is down",
    },
    permitToDelete: {
      what: "its turn among the CNI DELs",
      lasting: "many pods end at once; permits come back after a second",
    },
    delete: {
      what: "the CNI plugins' DEL, tried for as long as it fails",
      lasting: "as `add`; the lease and the firewall rules are kept until it succeeds",
    },
    forgetRecord: {
      what: "its record is deleted; the disk is not waited for",
      lasting: "",
    },
    settlePlugins: {
      what: "CNI plugins that an earlier daemon left running",
      lasting: "`ps`; ended after twenty seconds",
    },
    until: {
      what: "the next try, after one that failed",
      lasting: "`last trouble` has the plugin's words",
    },
  },
};
