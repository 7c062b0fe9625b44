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
import type { LogBounds } from "../drivers/logs/container-log.ts";
import type { Failure } from "../errors.ts";
import type { ContainerId, ExecId, Exit, Owner } from "../vocabulary/index.ts";

export type { ProcessName };

export interface Versions {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * What this program speaks.
 *
 *   2  containers with a terminal or an open stdin, stdin of execs, copies of what containers write, logs that are reopened
 */
export const SPOKEN: Versions = { oldest: 1, newest: 2 };

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
  /** A monitor of version 1 knows of none. */
  readonly logBounds?: LogBounds;
  /** Its lines go to journald too, under this name. */
  readonly journaldName?: string;
  /** Where OOM kills are counted, when cgroups tell; filled from /proc/PID/cgroup by the monitor. */
  readonly watchOom: boolean;
  /** Its stdin is the FIFO `stdin`, held open until `closeInput`; without it, or with a terminal, it is at its end. */
  readonly stdin?: boolean;
  /** The OCI runtime hands its terminal over at `places.console(id)`, as `argv` says; all output is stdout then. */
  readonly terminal?: boolean;
  /** Whose its FIFOs are, where the pod has a user namespace of its own; absent: root's. */
  readonly owner?: Owner;
  /** Absent: what the OCI runtime makes of it. */
  readonly oomScoreAdj?: number;
}

export interface ExecRequest extends RuntimeCommand {
  readonly execId: ExecId;
  readonly containerId: ContainerId;
  /** FIFOs that the daemon has made and holds open for reading; the monitor opens them to write for the process. */
  readonly stdout: string;
  readonly stderr: string;
  /** One that the daemon holds open for writing, opened to read for the process; absent: its stdin is at its end. */
  readonly stdin?: string;
  /** The container's own; absent: the monitor's. */
  readonly oomScoreAdj?: number;
}

/** Copies of what a container writes from now on, into FIFOs that the daemon has made and holds open for reading. */
export interface AttachRequest {
  readonly id: ContainerId;
  readonly attachId: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Why a copy has ended: with the container's streams; cut off, as nobody took what it said; its reader or the monitor left. */
export type WhyDetached = "ended" | "slow" | "gone";

export type Kind = "container" | "exec";

export type Request =
  | { readonly verb: "create"; readonly request: CreateRequest }
  | { readonly verb: "exec"; readonly request: ExecRequest }
  | { readonly verb: "look"; readonly id: string }
  | { readonly verb: "drain"; readonly id: string; readonly boundMs: number }
  | { readonly verb: "acknowledge"; readonly id: string }
  | { readonly verb: "forget"; readonly id: string }
  | { readonly verb: "upgrade" }
  | ({ readonly verb: "attach" } & AttachRequest)
  | { readonly verb: "detach"; readonly attachId: string }
  /** The container's stdin comes to its end, for good. */
  | { readonly verb: "closeInput"; readonly id: string }
  /** A duplicate of its terminal's master, to who listens at `socket`. */
  | { readonly verb: "terminal"; readonly id: string; readonly socket: string }
  /** A duplicate of its terminal's master was given at `places.console(id)`, where a monitor that has none listens. */
  | { readonly verb: "adopt"; readonly id: string }
  /** Its log is opened again at its path. */
  | { readonly verb: "reopen"; readonly id: string };

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
  attach: null;
  detach: null;
  closeInput: null;
  terminal: null;
  adopt: null;
  reopen: null;
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
  /** From version 2 on. */
  readonly terminals?: Terminals;
}

/** Of containers with a terminal: whose masters the monitor has, and whose it has not and takes by `adopt`. */
export interface Terminals {
  readonly held: readonly ContainerId[];
  readonly wanted: readonly ContainerId[];
}

export type FromMonitor =
  | Welcome
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "answer"; readonly seq: number; readonly result: Result }
  | { readonly type: "exited"; readonly kind: Kind; readonly id: string; readonly exit: Exit }
  | { readonly type: "detached"; readonly attachId: string; readonly why: WhyDetached };

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
    fifo: (id: string, stream: "stdin" | "stdout" | "stderr") => `${monitor}/${id}/${stream}`,
    /** A socket where the monitor takes the container's terminal. Short: it has 107 bytes in all. */
    console: (id: string) => `${monitor}/${id}/tty`,
    /** A socket where a daemon takes a terminal. */
    taker: (name: string) => `${monitor}/taker.${name}`,
    handover: `${monitor}/handover.json`,
  };
};

export type Places = ReturnType<typeof placesIn>;

/** The newest version that both speak. */
export const agree = (ours: Versions, theirs: Versions): number | undefined => {
  const version = Math.min(ours.newest, theirs.newest);
  return version >= ours.oldest && version >= theirs.oldest ? version : undefined;
};

/** The oldest version in which this can be asked. */
export const versionOf = (request: Request): number => {
  switch (request.verb) {
    case "create":
      return request.request.stdin || request.request.terminal ? 2 : 1;
    case "exec":
      return request.request.stdin === undefined ? 1 : 2;
    case "look":
    case "drain":
    case "acknowledge":
    case "forget":
    case "upgrade":
      return 1;
    case "attach":
    case "detach":
    case "closeInput":
    case "terminal":
    case "adopt":
    case "reopen":
      return 2;
  }
};

/** Why a monitor and a daemon cannot work together, and what to do about it. */
export const disagreement = (monitor: Versions, daemon: Versions): string => {
  const range = ({ oldest, newest }: Versions): string => (oldest === newest ? `${oldest}` : `${oldest} to ${newest}`);
  const behind = monitor.newest < daemon.oldest ? "monitor" : "daemon";
  return `the monitor speaks protocol ${range(monitor)}, this daemon ${range(daemon)}; replace the ${behind} by a version in between first`;
};
