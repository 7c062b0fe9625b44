import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../src/errors.ts";
import { explainRuntimeFailure } from "../../../src/drivers/oci/runtime-failure.ts";

/** The words of crun 1.8.1 and runc 1.1.5, as they were said, and what is made of them before the colon. */
const said: readonly (readonly [words: string, code: ErrorCode, text: string])[] = [
  [
    "executable file `nope` not found in $PATH: No such file or directory",
    "Invalid",
    "the command is not in the image",
  ],
  [
    'runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH',
    "Invalid",
    "the command is not in the image",
  ],
  [
    'runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory',
    "Invalid",
    'the command "/nope" is not in the image',
  ],
  [
    'runc create failed: unable to start container process: exec: "/noexec": permission denied',
    "Invalid",
    'the command "/noexec" is not executable',
  ],
  ["writing file `cpuset.mems`: Invalid argument", "Invalid", "the kernel does not take the value for cpuset.mems"],
  [
    'failed to write "400": write /sys/fs/cgroup/cpuset/troupe/troupe-4ca1/cpuset.mems: invalid argument',
    "Invalid",
    "the kernel does not take the value for cpuset.mems",
  ],
  [
    "writing file `memory.limit_in_bytes`: Device or resource busy",
    "NotAllowed",
    "the container uses more memory than it is to have (memory.limit_in_bytes)",
  ],
  ["open executable: Permission denied", "Invalid", "the command is not executable"],
  ["open executable: Operation not permitted", "Invalid", "the command is a directory"],
  ["open executable: File name too long", "Invalid", "a name or path is longer than Linux takes"],
  ["open executable: Invalid argument", "Invalid", "the command is empty"],
  ["runc create failed: args must not be empty", "Invalid", "the command is empty"],
  ["exec /x: exec format error", "Invalid", "the command is not a program of this machine's kind"],
  ["runc create failed: Cwd must be an absolute path", "Invalid", "the working directory is not an absolute path"],
  ["chdir `/noexec`: Not a directory", "Invalid", "the working directory cannot be entered"],
  [
    'exec failed: unable to start container process: chdir to cwd ("/x") set in config.json failed: no such file or directory',
    "Invalid",
    "the working directory cannot be entered",
  ],
  [
    "write to /proc/self/oom_score_adj: Permission denied",
    "Unavailable",
    "oom_score_adj is below this daemon's own, which takes CAP_SYS_RESOURCE",
  ],
  [
    "runc create failed: unable to start container process: can't get final child's PID from pipe: EOF (nsexec[390]: failed to update /proc/self/oom_score_adj: Permission denied)",
    "Unavailable",
    "oom_score_adj is below this daemon's own, which takes CAP_SYS_RESOURCE",
  ],
  [
    "setrlimit (RLIM_MEMLOCK): Operation not permitted",
    "Unavailable",
    "crun raises its locked memory for a device filter on cgroup v2, which takes CAP_SYS_RESOURCE or LimitMEMLOCK=infinity",
  ],
  [
    "setrlimit `RLIMIT_NOFILE`: Operation not permitted",
    "Unavailable",
    "a resource limit is above this daemon's own, which takes CAP_SYS_RESOURCE",
  ],
  [
    "runc create failed: unable to start container process: error during container init: error setting rlimits for ready process: error setting rlimit type 7: operation not permitted",
    "Unavailable",
    "a resource limit is above this daemon's own, which takes CAP_SYS_RESOURCE",
  ],
  ["capset: Operation not permitted", "Unavailable", "a capability was asked for that this daemon does not have"],
  [
    "runc create failed: unable to start container process: unable to apply caps: operation not permitted",
    "Unavailable",
    "a capability was asked for that this daemon does not have",
  ],
  ["the sysctl `kernel.panic` is not namespaced", "Invalid", 'the sysctl "kernel.panic" belongs to the whole host'],
  [
    'runc create failed: sysctl "kernel.panic" is not in a separate kernel namespace',
    "Invalid",
    'the sysctl "kernel.panic" belongs to the whole host',
  ],
  ["AppArmor is not initialized correctly", "Unavailable", "AppArmor did not take the profile"],
  [
    "runc create failed: unable to start container process: error during container init: unable to apply apparmor profile: apparmor failed to apply profile: write /proc/self/attr/exec: invalid argument",
    "Unavailable",
    "AppArmor did not take the profile",
  ],
  ["write to `/proc/self/attr/keycreate`: Invalid argument", "Unavailable", "SELinux did not take the label"],
  [
    "runc create failed: selinux label is specified in config, but selinux is disabled or not supported",
    "Unavailable",
    "SELinux did not take the label",
  ],
  ["invalid seccomp action `SCMP_ACT_BOGUS`", "Invalid", "the seccomp profile names an unknown action"],
  [
    "runc create failed: string SCMP_ACT_BOGUS is not a valid action for seccomp",
    "Invalid",
    "the seccomp profile names an unknown action",
  ],
  [
    "runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: unable to set memory limit to 4096 (current usage: 1757184, peak usage: 1990656)",
    "Invalid",
    "the memory limit of 4096 bytes is too low to start a container",
  ],
  [
    "OOM: the memory limit could be too low: read from sync socket: Connection reset by peer",
    "Invalid",
    "the memory limit is too low to start a container",
  ],
  ["invalid configuration: cannot use unified on cgroup v1", "Invalid", "unified resources need cgroup v2"],
  [
    "open `/sys/fs/cgroup/hugetlb/w-ID`: No such file or directory",
    "Unavailable",
    "this host has no hugetlb controller",
  ],
  [
    "runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: cannot set hugetlb limit: container could not join or create cgroup",
    "Unavailable",
    "this host has no hugetlb controller",
  ],
  [
    "writing file `cpuset.cpus`: Numerical result out of range",
    "Invalid",
    "the CPU set names CPUs that this host does not have",
  ],
  [
    'runc create failed: unable to start container process: unable to apply cgroup configuration: failed to write "77": write /sys/fs/cgroup/cpuset/w-ID/cpuset.cpus: numerical result out of range',
    "Invalid",
    "the CPU set names CPUs that this host does not have",
  ],
  [
    "cgroups in hybrid mode not supported, drop all controllers from cgroupv2",
    "Unavailable",
    "this runtime does not run on a hybrid cgroup layout with controllers on its v2 half",
  ],
  ["mkdir /run/x: no space left on device", "Exhausted", "a filesystem or a kernel table is full"],
  [
    "fork/exec /proc/self/exe: resource temporarily unavailable",
    "Exhausted",
    "the host is short of processes, memory or descriptors",
  ],
  [
    "runc create failed: container with given ID already exists",
    "AlreadyExists",
    "the runtime has this container already",
  ],
  ["container `c1` already exists", "AlreadyExists", "the runtime has this container already"],
  [
    "cannot create state directory for `c1`: File exists",
    "AlreadyExists",
    "another creation of this container is under way",
  ],
  ["container does not exist", "NotFound", "the runtime knows no such container"],
  [
    "error opening file `/run/crun/c1/status`: No such file or directory",
    "NotFound",
    "the runtime knows no such container",
  ],
  ["container not running", "NotAllowed", "the container is not running"],
  ["kill container: No such process", "NotAllowed", "the container is not running"],
  ["cannot exec in a stopped container", "NotAllowed", "the container is not running"],
  ["container `c1` is not running", "NotAllowed", "the container is not running"],
  ["cannot start an already running container", "NotAllowed", "the container was started already"],
  [
    "cannot open `/run/crun/c1/exec.fifo`: No such file or directory",
    "NotAllowed",
    "the container was started already",
  ],
  ["cannot start a container that has stopped", "NotAllowed", "the container has ended before it was started"],
  [
    "open `/run/netns/cni-1`: No such file or directory",
    "Unavailable",
    "the sandbox's namespace /run/netns/cni-1 is gone",
  ],
  [
    "runc create failed: unable to create new parent process: namespace path: lstat /run/netns/cni-1: no such file or directory",
    "Unavailable",
    "the sandbox's namespace /run/netns/cni-1 is gone",
  ],
  ["error stat'ing file `/s`: No such file or directory", "Unavailable", "the mount source /s is gone"],
  [
    'runc create failed: unable to start container process: error during container init: error mounting "/s" to rootfs at "/d": stat /s: no such file or directory',
    "Unavailable",
    "the mount source /s is gone",
  ],
  [
    "mount `/tmp` to `noexec`: Not a directory",
    "Invalid",
    "a mount puts a directory on a file or a file on a directory",
  ],
  [
    'runc create failed: unable to start container process: error during container init: error mounting "/tmp" to rootfs at "/noexec": mount /tmp:/noexec (via /proc/self/fd/6), flags: 0x1000: not a directory',
    "Invalid",
    "a mount puts a directory on a file or a file on a directory",
  ],
];

describe("the words of an OCI runtime", () => {
  for (const [words, code, text] of said)
    it(`mean ${code}: ${words}`, () => {
      assert.deepEqual(explainRuntimeFailure(words), { code, text: `${text}: ${words}` });
    });

  it("are passed on as they are when nobody knows them", () => {
    assert.deepEqual(explainRuntimeFailure("the moon is full"), { code: "Failed", text: "the moon is full" });
  });

  it("may be missing", () => {
    assert.deepEqual(explainRuntimeFailure(""), { code: "Failed", text: "the OCI runtime failed without a word" });
  });
});
