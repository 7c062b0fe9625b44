/** The processes of a simulated node: who lives, who ended how, and who may still learn of it. */
import type { Exit, HowItEnded, WallNs } from "../../vocabulary/index.ts";
import type { Init } from "../../machines/container-recovery.ts";

export interface Process {
  readonly name: Init;
  /** The container, sandbox (its infra process) or exec. */
  readonly object: string;
  readonly kind: "container" | "exec";
  /** Of which container it is: its first process, or one that an exec began in it. */
  readonly container: string;
  /** The pid of the first process of its process namespace, which takes it along; its own where it is the first. */
  readonly inside: number;
  /** `waiting`: created, not started. */
  phase: "waiting" | "running" | "ended";
  end: Exit | undefined;
  /** Its parent, a life of the monitor; 0: PID 1, which reaps it at once and tells nobody. */
  parent: number;
  reaped: boolean;
  /** It ignores the stop signal. */
  readonly deaf: boolean;
  /** In an uninterruptible wait: not even SIGKILL ends it before the node heals. */
  stuck: boolean;
  /** What will end it, once it gets to run. */
  doomed: HowItEnded | undefined;
  /** How often the stop signal was sent, by the life of the daemon that sent it. */
  readonly terms: Map<number, number>;
  /** Its code may be lost: nobody who could read it was there all the time. */
  mayBeUnknown: boolean;
  /** What had gone before it began. */
  readonly after: Losses;
}

/** How often each was lost. */
export interface Losses {
  daemon: number;
  monitor: number;
}

export interface KernelOptions {
  /** PIDFD_GET_INFO tells the exit code of a process that is not one's child (Linux 6.15). */
  readonly tellsExits: boolean;
  readonly wallNs: () => WallNs;
}

export class Kernel {
  readonly tellsExits: boolean;
  readonly losses: Losses = { daemon: 0, monitor: 0 };
  readonly #wallNs: () => WallNs;
  readonly #processes = new Map<number, Process>();
  #pids = 0;

  constructor({ tellsExits, wallNs }: KernelOptions) {
    this.tellsExits = tellsExits;
    this.#wallNs = wallNs;
  }

  /** `inside`: absent for one that is the first of a namespace of its own. */
  spawn({
    inside,
    ...made
  }: Pick<Process, "object" | "kind" | "container" | "parent" | "deaf" | "stuck"> & {
    readonly inside?: number | undefined;
  }): Process {
    const pid = ++this.#pids;
    const fresh = {
      end: undefined,
      reaped: false,
      doomed: undefined,
      terms: new Map<number, number>(),
      mayBeUnknown: false,
      after: { ...this.losses },
    };
    const process: Process = {
      ...made,
      ...fresh,
      name: { pid, startTicks: pid },
      inside: inside ?? pid,
      phase: "waiting",
    };
    this.#processes.set(pid, process);
    return process;
  }

  all(): IterableIterator<Process> {
    return this.#processes.values();
  }

  /** The process of this name, alive or a zombie. */
  find({ pid, startTicks }: Init): Process | undefined {
    const process = this.#processes.get(pid);
    return process?.name.startTicks === startTicks ? process : undefined;
  }

  /** The latest process of an object. */
  of(object: string): Process | undefined {
    let latest: Process | undefined;
    for (const process of this.#processes.values()) if (process.object === object) latest = process;
    return latest;
  }

  /** Whose first process takes this one's along when it ends: the container whose namespace it has joined, the sandbox, or itself. */
  headOf(object: string): string {
    const inside = this.of(object)?.inside;
    return (inside === undefined ? undefined : this.#processes.get(inside)?.object) ?? object;
  }

  /** The processes of a container that have not ended. */
  living(container: string): readonly Process[] {
    const all: Process[] = [];
    for (const one of this.#processes.values()) if (one.container === container && one.phase !== "ended") all.push(one);
    return all;
  }

  /** It cannot end now, nor can the first process of a namespace before all others of it. */
  isStuck(process: Process): boolean {
    if (process.stuck) return true;
    for (const { inside, stuck, phase } of this.#processes.values())
      if (stuck && inside === process.name.pid && phase !== "ended") return true;
    return false;
  }

  signal(process: Process, signal: number, life = 0): void {
    if (process.phase === "ended") return;
    if (signal === 9) process.doomed = { signal: 9 };
    else {
      process.terms.set(life, (process.terms.get(life) ?? 0) + 1);
      if (process.phase === "running" && !process.deaf) process.doomed ??= { code: 0 };
    }
  }

  end(process: Process, how: HowItEnded, oomKilled = false): void {
    if (process.phase === "ended") return;
    process.phase = "ended";
    process.end = { ...how, oomKilled, at: this.#wallNs() };
    if (process.parent === 0) process.reaped = true;
    for (const other of this.#processes.values())
      if (other !== process && other.inside === process.name.pid) this.end(other, { signal: 9 });
  }

  /** What a pidfd that was held all the time says of an end; absent: not ended, or not to be had from this kernel. */
  codeByPidfd(process: Process): Exit | undefined {
    return this.tellsExits ? process.end : undefined;
  }

  /** The latest process of an object, if it is this parent's. */
  reap(object: string, parent: number): void {
    const process = this.of(object);
    if (process?.parent === parent) process.reaped = true;
  }

  /** The monitor has died: PID 1 is the parent now. */
  orphan(parent: number): void {
    for (const process of this.#processes.values()) {
      if (process.parent !== parent) continue;
      process.parent = 0;
      if (process.phase === "ended") process.reaped = true;
    }
  }

  /** Nobody need know how it ended: daemon and monitor were both lost since it began, or what the kernel tells nobody else. */
  mayBeUntold({ mayBeUnknown, after }: Process): boolean {
    const { daemon, monitor } = this.losses;
    const both = daemon > after.daemon && monitor > after.monitor;
    return mayBeUnknown || both || (!this.tellsExits && monitor > after.monitor);
  }

  forget(process: Process): void {
    this.#processes.delete(process.name.pid);
  }

  reboot(): void {
    this.#processes.clear();
  }
}
