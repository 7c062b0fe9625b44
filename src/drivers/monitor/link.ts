/**
 * The daemon's real `Monitor`: a connection to the monitor process, started where there is none, and eyes of its own for when
 * there is no connection (`exits.ts`). The caller reconnects when it hears `lost`.
 */
import { Unavailable } from "../../errors.ts";
import { boundOf, unanswered } from "../../monitor/bounds.ts";
import { placesIn, type Places, type Welcome } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, QueueFigures, WallNs } from "../../vocabulary/index.ts";
import { lockHolder } from "../linux/lock-holder.ts";
import { Readiness } from "../linux/poll.ts";
import { Attachments } from "./attachments.ts";
import { Exits } from "./exits.ts";
import { Keepers } from "./keepers.ts";
import { lookAt } from "./look.ts";
import type {
  AttachRequest,
  CreateRequest,
  ExecRequest,
  Looked,
  MonitorGreeting,
  MonitorListener,
  ProcessName,
  RealMonitor,
} from "./monitor.ts";
import { Questions } from "./questions.ts";
import { reachMonitor, Starting, type ReachOptions } from "./reach.ts";
import { Terminals } from "./terminals.ts";
import { within } from "./within.ts";

export interface MonitorLinkOptions extends Omit<ReachOptions, "boundMs"> {
  /** The daemon's version. */
  readonly version: string;
  readonly wallNs: () => WallNs;
  /** How long to look for a monitor, or for one to start. */
  readonly connectMs?: number;
  /** How long it may take to answer what it knows or notes at once. */
  readonly questionMs?: number;
}

/** Node alone takes seconds to start where all of a node's pods start at once. */
const CONNECT_MS = 30_000;

export const monitorLink = (options: MonitorLinkOptions): RealMonitor => new Link(options);

class Link implements RealMonitor {
  readonly #options: MonitorLinkOptions;
  readonly #questions: Questions;
  readonly #places: Places;
  readonly #readiness = new Readiness();
  readonly #exits: Exits;
  readonly #keepers: Keepers;
  readonly #terminals: Terminals;
  readonly #attachments: Attachments;
  #listener: MonitorListener | undefined;
  #upgrading: Promise<MonitorGreeting> | undefined;
  readonly #starting = new Starting();
  /** Ends when a monitor was looked for, found or not; before the first time it is only waited for. */
  #search = Promise.withResolvers<void>();

  constructor(options: MonitorLinkOptions) {
    const { runDir, wallNs, warn } = options;
    this.#options = options;
    this.#questions = new Questions({ ...options, upgrading: () => this.#upgrading });
    this.#places = placesIn(runDir);
    this.#keepers = new Keepers(this.#places);
    this.#terminals = new Terminals({ places: this.#places, warn });
    this.#attachments = new Attachments({
      ask: this.#questions.ask,
      detached: (attachId, why) => this.#listener?.detached(attachId, why),
    });
    this.#exits = new Exits({ places: this.#places, readiness: this.#readiness, wallNs });
  }

  get queue(): QueueFigures {
    return this.#questions.queue;
  }

  async connect(listener: MonitorListener): Promise<MonitorGreeting> {
    this.#listener = listener;
    this.#exits.listen(listener);
    const before = this.#search;
    this.#search = Promise.withResolvers();
    void this.#search.promise.then(before.resolve); // whoever waits for the first one
    try {
      return await this.#reach();
    } catch (error) {
      this.#exits.monitorMissed(lockHolder(this.#places.lock) !== undefined); // one that hangs, or is of another age
      throw error;
    } finally {
      this.#search.resolve();
    }
  }

  async create(request: CreateRequest): Promise<ProcessName> {
    const { id, terminal = false } = request;
    const init = await this.#questions.ask({ verb: "create", request }, (made) => {
      this.#exits.monitorKnows(id);
      this.watch(id, made);
    });
    if (terminal) await this.#terminals.take(id, this.#questions.ask);
    return init;
  }

  async exec(request: ExecRequest): Promise<ProcessName> {
    return this.#questions.ask({ verb: "exec", request }, (process) => {
      this.#exits.monitorKnows(request.execId);
      this.#exits.watch("exec", request.execId, process);
    });
  }

  watch(id: ContainerId, init: ProcessName): void {
    this.#keepers.open(id);
    this.#exits.watch("container", id, init);
  }

  look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    return lookAt({ questions: this.#questions, exits: this.#exits, searched: () => this.#search.promise }, id, init);
  }

  async drain(id: ContainerId, boundMs: number): Promise<void> {
    await this.#questions.ask({ verb: "drain", id, boundMs });
  }

  /** Without a connection it is remembered, and owed to the next monitor. */
  async acknowledge(id: ContainerId | ExecId): Promise<void> {
    this.#exits.acknowledge(id);
    try {
      await this.#acknowledge(id);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#exits.dropKept(id);
    }
  }

  /** What the container wrote without a monitor is kept until one has heard: it reads all before it lets go. */
  async forget(id: ContainerId): Promise<void> {
    await this.#questions.ask({ verb: "forget", id }, () => {
      this.#keepers.close(id);
      this.#terminals.close(id);
      this.#exits.forget(id);
    });
  }

  console(id: ContainerId): string {
    return this.#places.console(id);
  }

  attach(request: AttachRequest): Promise<void> {
    return this.#attachments.begin(request);
  }

  detach(attachId: string): Promise<void> {
    return this.#attachments.end(attachId);
  }

  input(id: ContainerId): number {
    return this.#keepers.input(id);
  }

  terminal(id: ContainerId): number | undefined {
    return this.#terminals.duplicate(id);
  }

  /** Ours goes last: until the monitor has heard of it, its stdin is open. */
  async closeInput(id: ContainerId): Promise<void> {
    await this.#questions.ask({ verb: "closeInput", id }, () => this.#keepers.closeInput(id));
  }

  async reopenLog(id: ContainerId): Promise<void> {
    await this.#questions.ask({ verb: "reopen", id });
  }

  upgrade(): Promise<MonitorGreeting> {
    this.#upgrading ??= this.#upgrade().finally(() => {
      this.#upgrading = undefined;
    });
    return this.#upgrading;
  }

  close(): void {
    this.#search.resolve();
    this.#listener = undefined;
    if (this.#questions.reached) this.#questions.connection.close();
    this.#questions.stop();
    this.#exits.close();
    this.#keepers.closeAll();
    this.#terminals.closeAll();
    this.#readiness.close();
  }

  async #acknowledge(id: string): Promise<void> {
    await this.#questions.ask({ verb: "acknowledge", id }, () => this.#exits.settle(id));
  }

  async #reach(): Promise<MonitorGreeting> {
    const { connection, welcome } = await reachMonitor(
      this.#places,
      { ...this.#options, boundMs: this.#options.connectMs ?? CONNECT_MS },
      {
        program: this.#options.version,
        exited: ({ kind, id, exit }) => void this.#exits.hear(kind, id, exit),
        detached: ({ attachId, why }) => this.#attachments.hear(attachId, why),
        lost: (reason) => this.#lost(reason),
      },
      this.#starting,
    );
    this.#attachments.lost(); // of the connection before, if it was still there
    this.#questions.goOnBy(connection, welcome.protocol);
    return this.#greeted(welcome);
  }

  async #greeted({ pid, version, containers, execs, terminals }: Welcome): Promise<MonitorGreeting> {
    this.#exits.monitorCame([...containers, ...execs]);
    // Before any acknowledgement: after that a monitor does not wait for the terminal of what has ended.
    if (terminals) await this.#terminals.exchange(terminals, this.#questions.askNow);
    for (const id of execs) this.#listener?.execFound(id);
    // What fails now is owed to the next connection.
    for (const id of this.#exits.owed) void this.#acknowledge(id).catch(() => {});
    return { pid, version, containers };
  }

  /** A monitor that replaces itself knows what ends meanwhile; no one else does, for it alone can reap its children. */
  #lost(reason: string): void {
    this.#questions.stop();
    this.#attachments.lost();
    if (this.#upgrading) return;
    this.#exits.monitorWent();
    this.#listener?.lost(reason);
  }

  async #upgrade(): Promise<MonitorGreeting> {
    const { connection } = this.#questions;
    const request = { verb: "upgrade" } as const;
    const boundMs = boundOf(request);
    try {
      await within(boundMs, connection.ask(request), () => unanswered(request, boundMs));
    } catch (error) {
      if (!connection.closed) throw error; // it said no, and goes on as it was
    }
    try {
      return await this.#reach(); // the same one, back after some 100 ms, or the next one if it died of it
    } catch (error) {
      this.#exits.monitorWent();
      throw error;
    }
  }
}
