/**
 * What daemon and monitor say to each other over `<runDir>/monitor.sock` (`framing.ts`: JSON with its length before it), and
 * which files they both know.
 *
 *   daemon  hello ─▶ ◀─ welcome | refusal   monitor
 *           ask 1 ─▶
 *           ask 2 ─▶ ◀─ answer 2
 *                    ◀─ answer 1
 *                    ◀─ exited …            again in each new connection, until it is acknowledged
 *
 * Both sides name the range of versions that they speak, and take the newest that both do. A program of version N speaks N
 * and N−1, so that either side can be replaced first.
 */
import type { ProcessName } from "../drivers/linux/process.ts";
import { Overdue, type Failure } from "../errors.ts";
import type { ContainerId, ExecId, Exit } from "../vocabulary/index.ts";

export type { ProcessName };

export interface Versions {
  readonly oldest: number;
  readonly newest: number;
}

/** What this program speaks. */
export const SPOKEN: Versions = { oldest: 1, newest: 1 };

/** A command line of an OCI runtime, to be run by the monitor. All its paths but the program lie on a memory filesystem. */
export interface RuntimeCommand {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where the OCI runtime writes the pid of the container's init or of the exec's process. */
  readonly pidFile: string;
  /** The OCI runtime's own log (`--log`, `--log-format json`): its last error line is the reason of a failure. */
  readonly runtimeLog: string;
  /** After this many milliseconds the OCI runtime's process group is killed. */
  readonly boundMs: number;
}

export interface CreateRequest extends RuntimeCommand {
  readonly id: ContainerId;
  /** Absolute path of the CRI log; absent: output is read and dropped. */
  readonly logPath?: string;
  /** Where OOM kills are counted, when cgroups tell; filled from /proc/PID/cgroup by the monitor. */
  readonly watchOom: boolean;
}

export interface ExecRequest extends RuntimeCommand {
  readonly execId: ExecId;
  readonly containerId: ContainerId;
  /** FIFOs that the daemon has made and holds open for reading; the monitor opens them to write for the process. */
  readonly stdout: string;
  readonly stderr: string;
}

export type Kind = "container" | "exec";

export type Request =
  | { readonly verb: "create"; readonly request: CreateRequest }
  | { readonly verb: "exec"; readonly request: ExecRequest }
  | { readonly verb: "look"; readonly id: string }
  | { readonly verb: "drain"; readonly id: string; readonly boundMs: number }
  | { readonly verb: "acknowledge"; readonly id: string }
  | { readonly verb: "forget"; readonly id: string }
  | { readonly verb: "upgrade" };

/** `unheard`: the monitor knows no such container. */
export type Seen =
  { readonly is: "running" } | { readonly is: "exited"; readonly exit: Exit } | { readonly is: "unheard" };

/** What each verb is answered with when it succeeds. `upgrade` is not answered: the connection ends. */
export interface Answers {
  create: ProcessName;
  exec: ProcessName;
  look: Seen;
  drain: null;
  acknowledge: null;
  forget: null;
  upgrade: never;
}

export type Result = { readonly ok: Answers[keyof Answers] } | { readonly failed: Failure };

export type FromDaemon =
  | { readonly type: "hello"; readonly speaks: Versions; readonly program: string }
  | { readonly type: "ask"; readonly seq: number; readonly request: Request };

export interface Welcome {
  readonly type: "welcome";
  /** The version spoken from here on. */
  readonly protocol: number;
  readonly pid: number;
  readonly version: string;
  readonly containers: readonly ContainerId[];
  readonly execs: readonly ExecId[];
}

export type FromMonitor =
  | Welcome
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "answer"; readonly seq: number; readonly result: Result }
  | { readonly type: "exited"; readonly kind: Kind; readonly id: string; readonly exit: Exit };

/** What an exit file holds, until a daemon has acknowledged the exit. */
export interface KeptExit {
  readonly kind: Kind;
  readonly id: string;
  readonly exit: Exit;
}

/** The monitor's own cgroup in each hierarchy: its daemon makes it, it removes it when it leaves. */
export const OWN_CGROUP = "troupe-monitor";

/** Where things lie below the daemon's run directory, which is on a memory filesystem. */
export const placesIn = (runDir: string) => {
  const monitor = `${runDir}/monitor`;
  return {
    socket: `${runDir}/monitor.sock`,
    lock: `${runDir}/monitor.lock`,
    /** The monitor's own output. */
    output: `${runDir}/monitor.log`,
    exits: `${runDir}/exits`,
    exit: (id: string) => `${runDir}/exits/${id}`,
    monitor,
    /** Of one container or exec: its record and, of a container, its FIFOs. */
    subject: (id: string) => `${monitor}/${id}`,
    record: (id: string) => `${monitor}/${id}/record.json`,
    fifo: (id: string, stream: "stdout" | "stderr") => `${monitor}/${id}/${stream}`,
    handover: `${monitor}/handover.json`,
  };
};

export type Places = ReturnType<typeof placesIn>;

/** The newest version that both speak. */
export const agree = (ours: Versions, theirs: Versions): number | undefined => {
  const version = Math.min(ours.newest, theirs.newest);
  return version >= ours.oldest && version >= theirs.oldest ? version : undefined;
};

/** Why a monitor and a daemon cannot work together, and what to do about it. */
export const disagreement = (monitor: Versions, daemon: Versions): string => {
  const range = ({ oldest, newest }: Versions): string => (oldest === newest ? `${oldest}` : `${oldest} to ${newest}`);
  const behind = monitor.newest < daemon.oldest ? "monitor" : "daemon";
  return `the monitor speaks protocol ${range(monitor)}, this daemon ${range(daemon)}; replace the ${behind} by a version in between first`;
};

/** How long a question may take whose answer the monitor knows at once. */
export const QUESTION_MS = 4_000;
/** It waits for tools that are at work, and for the logs. */
const UPGRADE_MS = 45_000;
/** Of what has a bound of its own the monitor gives account a moment after it. */
const ANSWER_MS = 2_000;

/**
 * When a daemon gives a question up, in milliseconds: before the call that it is part of is given up. A monitor that hangs is
 * never killed, for its children are all that runs on this node. The question stays asked, and what comes of it is heard.
 */
export const boundOf = (request: Request, questionMs = QUESTION_MS): number => {
  switch (request.verb) {
    case "create":
    case "exec":
      return request.request.boundMs + ANSWER_MS;
    case "drain":
      return request.boundMs + ANSWER_MS;
    case "upgrade":
      return UPGRADE_MS;
    case "look":
    case "acknowledge":
    case "forget":
      return questionMs;
  }
};

/** A container or exec; nothing: the monitor itself. */
const aboutWhom = (request: Request): string => {
  if ("id" in request) return ` about ${request.id}`;
  if (request.verb === "upgrade") return "";
  return ` about ${request.verb === "exec" ? request.request.execId : request.request.id}`;
};

export const unanswered = (request: Request, boundMs: number): Overdue =>
  new Overdue(
    `the monitor has not answered "${request.verb}"${aboutWhom(request)} within its bound of ${boundMs / 1000} s: is it ` +
      "stopped, or does the host swap? Containers run on, and it is not killed; what needs it waits until it answers",
  );
