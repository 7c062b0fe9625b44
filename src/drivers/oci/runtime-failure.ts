/**
 * What an OCI runtime means by its words: the table of texts of crun 1.8.1 and runc 1.1.5 (and their like), matched here and
 * nowhere else. The runtime's own words always stand behind ours; unknown ones are passed on as they are.
 */
import type { ErrorCode, Failure } from "../../errors.ts";

interface Meaning {
  readonly words: RegExp;
  readonly code: ErrorCode;
  /** Takes the first group of `words` in place of `$1`. */
  readonly text: string;
}

/** First match wins. Quotes and back-quotes around names differ by runtime. */
const meanings: readonly Meaning[] = [
  // Checkpoints.
  {
    words: /unknown command checkpoint/,
    code: "Unimplemented",
    text: "this OCI runtime is built without criu, the program that writes checkpoints; runc with criu beside it can",
  },
  {
    words: /CRIU version check failed: exec: "criu": executable file not found|could not load `?libcriu/,
    code: "Unimplemented",
    text: "criu, the program that writes checkpoints, is not installed on this node",
  },

  // The command. runc and crun use one text for "not in PATH"; crun says it of an absolute path too.
  {
    words: /executable file (?:`([^`]*)` )?not found in \$PATH/,
    code: "Invalid",
    text: "the command is not in the image",
  },
  {
    words: /exec: "([^"]*)": stat [^:]*: no such file or directory/,
    code: "Invalid",
    text: 'the command "$1" is not in the image',
  },
  { words: /exec: "([^"]*)": permission denied/, code: "Invalid", text: 'the command "$1" is not executable' },
  { words: /open executable: Permission denied/, code: "Invalid", text: "the command is not executable" },
  { words: /open executable: Operation not permitted/, code: "Invalid", text: "the command is a directory" },
  { words: /args must not be empty|open executable: Invalid argument/, code: "Invalid", text: "the command is empty" },
  { words: /file name too long/i, code: "Invalid", text: "a name or path is longer than Linux takes" },
  { words: /exec format error/i, code: "Invalid", text: "the command is not a program of this machine's kind" },

  // The working directory.
  { words: /Cwd must be an absolute path/, code: "Invalid", text: "the working directory is not an absolute path" },
  {
    words: /chdir (?:to cwd|`)/i,
    code: "Invalid",
    text: "the working directory cannot be entered",
  },

  // What this daemon itself is not allowed, and so cannot give.
  {
    words: /oom_score_adj: Permission denied/i,
    code: "Unavailable",
    text: "oom_score_adj is below this daemon's own, which takes CAP_SYS_RESOURCE",
  },
  {
    words: /setrlimit \(RLIM_MEMLOCK\)/,
    code: "Unavailable",
    text: "crun raises its locked memory for a device filter on cgroup v2, which takes CAP_SYS_RESOURCE or LimitMEMLOCK=infinity",
  },
  {
    words: /rlimit(?:s)?.*operation not permitted/i,
    code: "Unavailable",
    text: "a resource limit is above this daemon's own, which takes CAP_SYS_RESOURCE",
  },
  {
    words: /capset: Operation not permitted|unable to apply caps: operation not permitted/,
    code: "Unavailable",
    text: "a capability was asked for that this daemon does not have",
  },

  // Security.
  {
    words: /sysctl [`"]([^`"]*)[`"] is not (?:in a separate kernel namespace|namespaced)/,
    code: "Invalid",
    text: 'the sysctl "$1" belongs to the whole host',
  },
  { words: /apparmor/i, code: "Unavailable", text: "AppArmor did not take the profile" },
  { words: /selinux|attr\/keycreate/i, code: "Unavailable", text: "SELinux did not take the label" },
  {
    words: /invalid seccomp action|not a valid action for seccomp/,
    code: "Invalid",
    text: "the seccomp profile names an unknown action",
  },

  // Resources.
  {
    words: /unable to set memory limit to (\d+)/,
    code: "Invalid",
    text: "the memory limit of $1 bytes is too low to start a container",
  },
  {
    words: /OOM: the memory limit could be too low|OOM-killed \(memory limit too low/i,
    code: "Invalid",
    text: "the memory limit is too low to start a container",
  },
  { words: /cannot use unified on cgroup v1/, code: "Invalid", text: "unified resources need cgroup v2" },
  { words: /hugetlb/, code: "Unavailable", text: "this host has no hugetlb controller" },
  {
    words: /cpuset\.cpus.*out of range/i,
    code: "Invalid",
    text: "the CPU set names CPUs that this host does not have",
  },
  {
    words: /cpuset\.mems.*out of range/i,
    code: "Invalid",
    text: "the CPU set names memory nodes that this host does not have",
  },
  {
    words:
      /(?:writing file `|write \/sys\/fs\/cgroup\/\S*\/)([\w.]+)`?: (?:invalid argument|numerical result out of range)/i,
    code: "Invalid",
    text: "the kernel does not take the value for $1",
  },
  {
    words: /(?:writing file `|write \/sys\/fs\/cgroup\/\S*\/)(memory[\w.]+)`?: device or resource busy/i,
    code: "NotAllowed",
    text: "the container uses more memory than it is to have ($1)",
  },
  {
    words: /cgroups in hybrid mode not supported/,
    code: "Unavailable",
    text: "this runtime does not run on a hybrid cgroup layout with controllers on its v2 half",
  },
  { words: /no space left on device/i, code: "Exhausted", text: "a filesystem or a kernel table is full" },
  {
    words: /resource temporarily unavailable|cannot allocate memory|too many open files/i,
    code: "Exhausted",
    text: "the host is short of processes, memory or descriptors",
  },

  // What should have been there, or not.
  {
    words: /container with given ID already exists|container `[^`]*` already exists/,
    code: "AlreadyExists",
    text: "the runtime has this container already",
  },
  {
    words: /cannot create state directory for/,
    code: "AlreadyExists",
    text: "another creation of this container is under way",
  },
  {
    words: /container does not exist|\/status`: No such file or directory/,
    code: "NotFound",
    text: "the runtime knows no such container",
  },
  {
    words: /container not running|No such process|cannot exec in a stopped container|container `[^`]*` is not running/,
    code: "NotAllowed",
    text: "the container is not running",
  },
  {
    words: /cannot start an already running container|exec\.fifo`: No such file or directory/,
    code: "NotAllowed",
    text: "the container was started already",
  },
  {
    words: /cannot start a container that has stopped/,
    code: "NotAllowed",
    text: "the container has ended before it was started",
  },
  {
    words: /(?:namespace path: lstat |open `)(\/[^:`]*ns\/[^:`]*)/,
    code: "Unavailable",
    text: "the sandbox's namespace $1 is gone",
  },
  {
    words: /error mounting "([^"]*)".*: stat .*no such file or directory/,
    code: "Unavailable",
    text: "the mount source $1 is gone",
  },
  { words: /error stat'ing file `([^`]*)`: No such file/, code: "Unavailable", text: "the mount source $1 is gone" },
  {
    words: /(?:error mounting ".*|mount `[^`]*` to `[^`]*`): not a directory/i,
    code: "Invalid",
    text: "a mount puts a directory on a file or a file on a directory",
  },
];

/** The failure in our words with the runtime's behind them; without words it says so. */
export const explainRuntimeFailure = (words: string): Failure => {
  if (words === "") return { code: "Failed", text: "the OCI runtime failed without a word" };
  for (const { words: pattern, code, text } of meanings) {
    const match = pattern.exec(words);
    if (match) return { code, text: `${text.replace("$1", match[1] ?? "")}: ${words}` };
  }
  return { code: "Failed", text: words };
};
