/** What an image pull waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const imagePullHelp: MachineHelp = {
  title: "An image pull",
  waits: {
    permit: {
      what: "its turn: ten pulls from one registry at a time",
      lasting: "`troupe waits` lists the others",
    },
    resolve: {
      what: "the registry's answer about the manifest",
      lasting: "the registry, its DNS name, a proxy",
    },
    fetch: {
      what: "layers come from the registry, and are unpacked as they come",
      lasting: "the network; a minute of silence ends it, and it is tried again",
    },
    permitToUnpack: {
      what: "its turn to use the CPU",
      lasting: "other pulls unpack",
    },
    unpack: {
      what: "the last of the layers are unpacked by a worker process",
      lasting: "a slow disk; `ps` shows `unpack-worker`",
    },
    commit: {
      what: "the image goes into the store, synced",
      lasting: "a slow disk",
    },
    discard: {
      what: "what was fetched is deleted",
      lasting: "a slow disk",
    },
    until: {
      what: "the next try to delete it",
      lasting: "the error that the wait shows; nobody waits for it",
    },
  },
};
