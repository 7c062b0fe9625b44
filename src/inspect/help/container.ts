/** What a container waits for, in words. */
import type { MachineHelp } from "./help.ts";

export const containerHelp: MachineHelp = {
  title: "A container",
  waits: {
    record: {
      what: "its record is written to `/run/troupe`",
      lasting: "a full or broken `/run`; the daemon's log has the errno",
    },
    mountRootfs: {
      what: "the overlay mount of its image's layers",
      lasting: "`/var/lib/troupe/containers`, the kernel's log; a missing layer: pull the image again",
    },
    writeBundle: {
      what: "config.json is composed; paths that the pod mounts are looked at by a helper process",
      lasting: "a volume on a dead NFS: the error names the path after the bound",
    },
    create: {
      what: "the OCI runtime's `create`, run by the monitor",
      lasting:
        "the error has the runtime's own words; `ps` shows the runtime at work; a hung mount or cgroup of the pod",
    },
    start: {
      what: "the OCI runtime's `start`",
      lasting: "as `create`",
    },
    update: {
      what: "the OCI runtime's `update`: new limits are being put into force",
      lasting: "the kernel takes back memory that is in use; the error has the runtime's own words",
    },
    restore: {
      what: "an update failed, and what was before is being put back",
      lasting: "as `update`; where it fails too, `crictl inspect` warns of limits in doubt: update again",
    },
    checkpoint: {
      what: "criu writes its processes to `/var/lib/troupe/containers/ID/checkpoint`, then all is packed beside its place",
      lasting: "much memory, or a place on a disk that hangs; the client's timeout ends it, and so does a stop",
    },
    ask: {
      what: "the stop signal is being sent",
      lasting: "the OCI runtime hangs, often on a frozen cgroup",
    },
    exited: {
      what: "its process has been told to end, and has not",
      lasting:
        "before the deadline: the program takes its time. After it: SIGKILL is out, and the kernel holds the process (state `D` in `ps`): a dead disk or NFS",
    },
    force: {
      what: "SIGKILL is being sent",
      lasting: "as `ask`",
    },
    look: {
      what: "whether the process lives: monitor, exit file and pidfd are asked",
      lasting: "the monitor hangs or cannot be reached: tried again; RuntimeReady and `troupe waits` name it",
    },
    drain: {
      what: "the rest of its output goes to the log, for two seconds at most",
      lasting: "a full or frozen log disk; nothing is lost, it is written when the disk is back",
    },
    acknowledge: {
      what: "the monitor is told that its exit is recorded",
      lasting: "the monitor is down or hangs; it tells the exit again when it is back",
    },
    deleteInRuntime: {
      what: "the OCI runtime's `delete`",
      lasting: "a process in uninterruptible wait; `crun list`, `/sys/fs/cgroup`",
    },
    removeCgroup: {
      what: "its cgroup is emptied and removed",
      lasting: "something else was put into the cgroup: `cat cgroup.procs`",
    },
    closeStreams: {
      what: "its pipes and exit file are removed",
      lasting: "the monitor is down or hangs; tried again",
    },
    removeBundle: {
      what: "its bundle is removed",
      lasting: "`/run/troupe/bundles`",
    },
    unmountRootfs: {
      what: "its root filesystem is unmounted and its writable layer deleted",
      lasting: "a mount copied into another namespace: `grep ID /proc/*/mountinfo`",
    },
    forgetRecord: {
      what: "its record is deleted",
      lasting: "as `record`",
    },
    until: {
      what: "the next try, after one that failed",
      lasting: "`last trouble` in the sentence says what failed; `troupe waits` says when it is tried again",
    },
    settleRuntime: {
      what: "commands of the OCI runtime that an earlier daemon left running, or a create that failed",
      lasting: "`ps` for the runtime with the container's id; ended after twenty seconds",
    },
    askRuntime: {
      what: "the OCI runtime's `state`",
      lasting: "as `create`",
    },
  },
};
