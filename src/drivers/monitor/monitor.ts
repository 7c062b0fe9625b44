/**
 * The daemon's side of the monitor: the process that is the parent of every container, reads exits and OOM kills,
 * and writes their logs. `link.ts` is the real one; the protocol is `src/monitor/protocol.ts`.
 *
 * Who is believed about an exit: the monitor while it answers; else this driver's own witness, a pidfd of each init
 * (and its exit code by PIDFD_GET_INFO, Linux 6.15+). Whichever it was, the listener hears of each exit once.
 */
import type {
  AttachRequest,
  CreateRequest,
  ExecRequest,
  ProcessName,
  RuntimeCommand,
  WhyDetached,
} from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, Exit, QueueFigures } from "../../vocabulary/index.ts";

export type { AttachRequest, CreateRequest, ExecRequest, ProcessName, RuntimeCommand, WhyDetached };

/** What is true of one container's init, by monitor, exit file and pidfd together. */
export type Looked =
  | { readonly is: "running" }
  | { readonly is: "exited"; readonly exit: Exit }
  /** No such process and nobody kept its exit. */
  | { readonly is: "gone" };

export interface MonitorListener {
  /** Told again after each reconnection until acknowledged. */
  exited(id: ContainerId, exit: Exit): void;
  execExited(id: ExecId, exit: Exit): void;
  /** The monitor has this command, which runs or has ended; told at each connection. */
  execFound(id: ExecId): void;
  /** A copy has ended: with the container's streams, or it was cut off. */
  detached(attachId: string, why: WhyDetached): void;
  /** The connection ended; containers go on, and `connect` finds or starts the monitor again. */
  lost(reason: string): void;
}

export interface MonitorGreeting {
  readonly pid: number;
  readonly version: string;
  readonly containers: readonly ContainerId[];
}

export interface Monitor {
  /** Connects to this node's monitor; starts one, detached and in its own cgroup, where none answers. */
  connect(listener: MonitorListener): Promise<MonitorGreeting>;
  /** Runs `create` of the OCI runtime as the container's future parent. Its error is a RuntimeFailed with the runtime's words. */
  create(request: CreateRequest): Promise<ProcessName>;
  /** Runs `exec --detach`; the exit comes by `execExited`. */
  exec(request: ExecRequest): Promise<ProcessName>;
  /** Watches a container that this daemon did not create itself: after a restart of the daemon. */
  watch(id: ContainerId, init: ProcessName): void;
  look(id: ContainerId, init: ProcessName | undefined): Promise<Looked>;
  /** Resolves when all that the container wrote is in its log, or after `boundMs`. */
  drain(id: ContainerId, boundMs: number): Promise<void>;
  /** The exit is in the daemon's records: its exit file may go. */
  acknowledge(id: ContainerId | ExecId): Promise<void>;
  /** Closes and deletes all that was kept for this container. Unknown ids are fine. */
  forget(id: ContainerId): Promise<void>;
  /** Where the OCI runtime is to hand over the container's terminal. */
  console(id: ContainerId): string;
  /** Copies of what the container writes from now on, into FIFOs that the caller made and reads. The end is told by `detached`. */
  attach(request: AttachRequest): Promise<void>;
  /** Unknown ids are fine; nothing more is told of it. */
  detach(attachId: string): Promise<void>;
  /**
   * A descriptor to write to the container's stdin, non-blocking, the caller's to close. Throws NotAllowed where it has none
   * or has closed it.
   */
  input(id: ContainerId): number;
  /**
   * A duplicate of the container's terminal's master, non-blocking, the caller's to close; absent: it has none, or it is not
   * held here now.
   */
  terminal(id: ContainerId): number | undefined;
  /** The container's stdin comes to its end, for good, once all descriptors of `input` are closed. */
  closeInput(id: ContainerId): Promise<void>;
  /** Its log is opened again at its path: after a rotation. */
  reopenLog(id: ContainerId): Promise<void>;
  /** Replaces the monitor's program in place (process.execve): same pid, same children, no line lost. */
  upgrade(): Promise<MonitorGreeting>;
  /** Lets go of the connection; a monitor that then has no child and no exit to tell leaves by itself. */
  close(): void;
}

export interface RealMonitor extends Monitor {
  /** Bytes that the monitor has not read yet. */
  readonly queue: QueueFigures;
}
