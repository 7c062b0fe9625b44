/**
 * Whom a simulated daemon believes about an end, and that it hears of each once: the monitor's word where one is there that
 * knows the process, else an exit file, else what the kernel tells. `unknown` comes only when nobody else can know.
 */
import type { MonitorListener } from "../../drivers/monitor/monitor.ts";
import type { ProcessName } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, Exit } from "../../vocabulary/index.ts";
import type { Process } from "./kernel.ts";
import type { Node } from "./node.ts";

export class Testimony {
  readonly #node: Node;
  /** Whose end is watched; by a pidfd, unless it was gone already. */
  readonly #watched = new Map<string, Process | undefined>();
  /** What the monitor that is connected knows. */
  readonly #known = new Set<string>();
  readonly #told = new Set<string>();
  readonly #acknowledged = new Set<string>();
  #listener: MonitorListener | undefined;
  /** A monitor is there, or none lives. */
  certain = false;

  constructor(node: Node) {
    this.#node = node;
  }

  listen(listener: MonitorListener): void {
    this.#listener = listener;
    this.#told.clear();
  }
  close(): void {
    this.#listener = undefined;
  }

  monitorCame(ids: readonly string[]): void {
    this.certain = true;
    this.#known.clear();
    for (const id of ids) this.#known.add(id);
  }
  monitorWent(): void {
    this.certain = false;
    this.#known.clear();
  }
  monitorMissed(lives: boolean): void {
    this.certain ||= !lives;
  }
  monitorKnows(id: string): void {
    this.#known.add(id);
  }

  watch(id: string, name: ProcessName): void {
    const process = this.#node.kernel.find(name);
    if (!this.#watched.has(id)) this.#watched.set(id, process?.reaped ? undefined : process);
  }

  acknowledge(id: string): void {
    this.#acknowledged.add(id);
    this.#watched.delete(id);
  }
  /** Acknowledged, and no monitor has heard of it yet. */
  get owed(): ReadonlySet<string> {
    return this.#acknowledged;
  }
  settle(id: string): void {
    this.#acknowledged.delete(id);
    this.#told.delete(id);
  }
  forget(id: string): void {
    for (const set of [this.#known, this.#told, this.#acknowledged, this.#watched]) set.delete(id);
  }

  /** Ends that the daemon can see for itself and that no monitor will tell. */
  witnessed(): readonly string[] {
    if (this.#watched.size === 0) return [];
    return [...this.#watched.keys()].filter((id) => {
      if (this.#known.has(id) || this.#told.has(id) || this.#acknowledged.has(id)) return false;
      const word = this.ownWord(id);
      return word !== undefined && (this.certain || !("unknown" in word));
    });
  }
  testify(id: string): void {
    const exit = this.ownWord(id);
    const kind = this.#node.notes.get(id)?.kind ?? this.#node.kernel.of(id)?.kind ?? "container";
    if (exit) this.tell(kind, id, exit);
  }

  tell(kind: "container" | "exec", id: string, exit: Exit): void {
    if (this.#told.has(id) || this.#acknowledged.has(id)) return;
    this.#told.add(id);
    if (kind === "container") this.#listener?.exited(id as ContainerId, exit);
    else this.#listener?.execExited(id as ExecId, exit);
  }
  lost(reason: string): void {
    this.#listener?.lost(reason);
  }

  better(id: string, exit: Exit): Exit {
    const own = "unknown" in exit ? this.#byPidfd(id) : undefined;
    return own && !("unknown" in own) ? own : exit;
  }
  ownWord(id: string): Exit | undefined {
    return this.#node.exitFiles.get(id) ?? this.#byPidfd(id);
  }
  #byPidfd(id: string): Exit | undefined {
    const process = this.#watched.get(id);
    if (!this.#watched.has(id) || (process && process.phase !== "ended")) return undefined;
    const unknown = { unknown: "nobody saw it end", at: this.#node.wallNs(), oomKilled: false };
    return (process && this.#node.kernel.codeByPidfd(process)) ?? unknown;
  }
}
