/** What an exec waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const execHelp: MachineHelp = {
  title: "An exec",
  waits: {
    prepare: {
      what: "its process file and pipes are made",
      lasting: "a full `/run`",
    },
    spawn: {
      what: "the OCI runtime's `exec`",
      lasting: "a frozen or full cgroup (pids limit)",
    },
    execExited: {
      what: "the command runs",
      lasting: "the command itself; its deadline kills it",
    },
    kill: {
      what: "the command is being killed",
      lasting: "",
    },
    hangUp: {
      what: "its terminal is closed, for its client has gone",
      lasting: "",
    },
    collect: {
      what: "the rest of its output, for a second",
      lasting: "a child that outlived the command holds its output open",
    },
    clean: {
      what: "its files are removed",
      lasting: "",
    },
    until: {
      what: "the next try to remove its files",
      lasting: "the error that the wait shows; nobody waits for it",
    },
  },
};
