/** What a sandbox waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const sandboxHelp: MachineHelp = {
  title: "A sandbox",
  waits: {
    record: {
      what: "its record is written to `/run/troupe`",
      lasting: "a full or broken `/run`",
    },
    pin: {
      what: "its namespaces are made and pinned",
      lasting: "`/run/netns`, the kernel's log; a sysctl that is not namespaced is refused",
    },
    prepareFiles: {
      what: "hostname, resolv.conf, hosts and /dev/shm are made",
      lasting: "a full `/run`",
    },
    attached: {
      what: "the pod's network attachment",
      lasting: "see [attachment](#a-network-attachment)",
    },
    emptied: {
      what: "its containers end",
      lasting: "see [container](#a-container); `troupe waits` names the one",
    },
    cleared: {
      what: "its containers are removed",
      lasting: "as `emptied`",
    },
    detached: {
      what: "the pod's network attachment goes",
      lasting: "see [attachment](#a-network-attachment)",
    },
    unpin: {
      what: "its namespaces are unpinned",
      lasting: "`/run/netns`, `/run/troupe/ns`",
    },
    removeFiles: {
      what: "its files are unmounted and deleted",
      lasting: "`/run/troupe/sandbox-files`",
    },
    removeCgroup: {
      what: "the cgroup that Troupe made for pods without a parent is removed",
      lasting: "something else was put into it",
    },
    forgetRecord: {
      what: "its record is deleted",
      lasting: "as `record`",
    },
    writeInfra: {
      what: "the bundle of the pod's infra process is written",
      lasting: "`catatonit` is missing: install it, or set `troupe.runtime.infra_program`",
    },
    createInfra: {
      what: "the OCI runtime's `create` of the infra process",
      lasting: "see [container](#a-container), `create`",
    },
    startInfra: {
      what: "the OCI runtime's `start` of the infra process",
      lasting: "as `createInfra`",
    },
    deleteInfra: {
      what: "the infra process is ended",
      lasting: "as a container's `deleteInRuntime`",
    },
    clearInfra: {
      what: "its cgroup is removed",
      lasting: "as a container's `removeCgroup`",
    },
    closeInfra: {
      what: "its pipes are removed",
      lasting: "the monitor is down; tried again",
    },
    settleInfra: {
      what: "commands about its infra process that an earlier daemon left, or a create that failed, end",
      lasting: "they are ended after 20 s",
    },
    removeInfra: {
      what: "its bundle is removed",
      lasting: "`/run/troupe/bundles`",
    },
    look: {
      what: "whether its namespaces are still there, after a restart",
      lasting: "`/run/netns`; for a shared process namespace the infra process",
    },
    until: {
      what: "the next try, after one that failed",
      lasting: "`last trouble` says what failed",
    },
  },
};
