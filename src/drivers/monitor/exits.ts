/**
 * Whom the daemon believes about an exit, and that it hears of each once a connection: the monitor's word where one is there
 * that knows the process; else the exit file that a dead monitor left; else what the kernel tells about our own pidfd.
 * `unknown` comes only when all three are used up: not while a monitor may live that cannot be reached, for it may know.
 */
import { readFileSync, rmSync } from "node:fs";
import { openNote } from "../../monitor/notes.ts";
import type { KeptExit, Kind, Places } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, Exit, WallNs } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import type { Readiness } from "../linux/poll.ts";
import type { MonitorListener, ProcessName } from "./monitor.ts";
import { Witness } from "./witness.ts";

export interface ExitsOptions {
  readonly places: Places;
  readonly readiness: Readiness;
  readonly wallNs: () => WallNs;
}

export class Exits {
  readonly #places: Places;
  readonly #witness: Witness;
  #listener: MonitorListener | undefined;
  /** Those whose end the monitor that is there will tell; absent: none is there. */
  #known: Set<string> | undefined;
  /** Who may know is known: a monitor is there, or none lives. */
  #certain = false;
  readonly #told = new Set<string>();
  /** What a monitor is still to hear of as acknowledged. */
  readonly #acknowledged = new Set<string>();

  constructor({ places, readiness, wallNs }: ExitsOptions) {
    this.#places = places;
    this.#witness = new Witness({ readiness, wallNs, ended: (kind, id) => void this.#testify(kind, id) });
  }

  /** From here on each exit is told to this listener, once. */
  listen(listener: MonitorListener): void {
    this.#listener = listener;
    this.#told.clear();
  }

  watch(kind: Kind, id: string, process: ProcessName): void {
    this.#witness.watch(kind, id, process);
  }

  /** Whether what nobody has told by now is not to be had: a monitor is there, or none lives. */
  get certain(): boolean {
    return this.#certain;
  }

  /** None could be reached. Where none lives our own word is all there is; else only what its exit files and the kernel say. */
  monitorMissed(lives: boolean): void {
    this.#certain ||= !lives;
    this.#testifyAll();
  }

  /** A monitor is there, and knows these. Of others that have ended nobody else will tell. */
  monitorCame(ids: readonly string[]): void {
    this.#known = new Set(ids);
    this.#certain = true;
    this.#testifyAll();
  }

  /** A process that the monitor has just begun. */
  monitorKnows(id: string): void {
    this.#known?.add(id);
  }

  /** It may have died, or only its connection: who it is that may know is to be found out anew. */
  monitorWent(): void {
    this.#known = undefined;
    this.#certain = false;
    this.#testifyAll();
  }

  /** The monitor's word. */
  async hear(kind: Kind, id: string, exit: Exit): Promise<void> {
    if (this.#acknowledged.has(id)) return; // it said so before it heard, which may be while we wait
    this.#tell(kind, id, await this.better(id, exit));
  }

  /** Of a monitor's word that came too late to see the end itself, the kernel may know more by our pidfd. */
  async better(id: string, exit: Exit): Promise<Exit> {
    if (!("unknown" in exit)) return exit;
    const own = await this.#witness.exitOf(id);
    return own && !("unknown" in own) ? own : exit;
  }

  /** What is known here without a monitor; absent: it has not ended, as far as can be seen. */
  async ownWord(id: string): Promise<Exit | undefined> {
    return this.#kept(id) ?? (await this.#witness.exitOf(id));
  }

  acknowledge(id: string): void {
    this.#acknowledged.add(id);
    this.#witness.forget(id);
  }

  /** Acknowledged, and no monitor has heard of it yet. */
  get owed(): readonly string[] {
    return [...this.#acknowledged];
  }

  /** A monitor has heard of it, and will not tell it again. */
  settle(id: string): void {
    this.#known?.delete(id);
    this.#acknowledged.delete(id);
    this.#told.delete(id);
  }

  /** With no monitor there, its exit file goes by our hand. */
  dropKept(id: string): void {
    rmSync(this.#places.exit(id), { force: true });
  }

  forget(id: string): void {
    this.#witness.forget(id);
    this.settle(id);
  }

  close(): void {
    this.#listener = undefined;
    this.#witness.close();
  }

  #testifyAll(): void {
    for (const { kind, id } of this.#witness.ended) void this.#testify(kind, id);
  }

  /** Our own word about an end that we have seen, if no monitor is there to give its. */
  async #testify(kind: Kind, id: string): Promise<void> {
    if (this.#known?.has(id)) return;
    const exit = await this.ownWord(id);
    if (!exit || this.#known?.has(id) || !this.#witness.watches(id)) return;
    if (this.#certain || !("unknown" in exit)) this.#tell(kind, id, this.#kept(id) ?? exit);
  }

  #tell(kind: Kind, id: string, exit: Exit): void {
    if (this.#told.has(id) || this.#acknowledged.has(id)) return;
    this.#told.add(id);
    if (kind === "container") this.#listener?.exited(id as ContainerId, exit);
    else this.#listener?.execExited(id as ExecId, exit);
  }

  /** A file that cannot be read tells nothing: the kernel's word comes then, or `unknown`. */
  #kept(id: string): Exit | undefined {
    try {
      return (openNote(readFileSync(this.#places.exit(id), "utf8")) as KeptExit | null)?.exit;
    } catch (error) {
      if (isErrno(error, "ENOENT") || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
