/**
 * The daemon's real `Monitor`: a connection to the monitor process, started where there is none, and eyes of its own for when
 * there is no connection (`exits.ts`). The caller reconnects when it hears `lost`.
 */
import { Unavailable } from "../../errors.ts";
import {
  boundOf,
  placesIn,
  QUESTION_MS,
  unanswered,
  type Answers,
  type Places,
  type Request,
  type Welcome,
} from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, WallNs } from "../../vocabulary/index.ts";
import { lockHolder } from "../linux/lock-holder.ts";
import { Readiness } from "../linux/poll.ts";
import type { Connection } from "./connection.ts";
import { Exits } from "./exits.ts";
import { Keepers } from "./keepers.ts";
import type {
  CreateRequest,
  ExecRequest,
  Looked,
  Monitor,
  MonitorGreeting,
  MonitorListener,
  ProcessName,
} from "./monitor.ts";
import { within } from "./within.ts";
import { reachMonitor, Starting, type ReachOptions } from "./reach.ts";

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

export const monitorLink = (options: MonitorLinkOptions): Monitor => new Link(options);

class Link implements Monitor {
  readonly #options: MonitorLinkOptions;
  readonly #questionMs: number;
  readonly #places: Places;
  readonly #readiness = new Readiness();
  readonly #exits: Exits;
  readonly #keepers: Keepers;
  #listener: MonitorListener | undefined;
  #connection: Connection | undefined;
  #upgrading: Promise<MonitorGreeting> | undefined;
  readonly #starting = new Starting();
  /** Ends when a monitor was looked for, found or not; before the first time it is only waited for. */
  #search = Promise.withResolvers<void>();

  constructor(options: MonitorLinkOptions) {
    const { runDir, wallNs, questionMs = QUESTION_MS } = options;
    this.#options = options;
    this.#questionMs = questionMs;
    this.#places = placesIn(runDir);
    this.#keepers = new Keepers(this.#places);
    this.#exits = new Exits({ places: this.#places, readiness: this.#readiness, wallNs });
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
    return this.#ask({ verb: "create", request }, (init) => {
      this.#exits.monitorKnows(request.id);
      this.watch(request.id, init);
    });
  }

  async exec(request: ExecRequest): Promise<ProcessName> {
    return this.#ask({ verb: "exec", request }, (process) => {
      this.#exits.monitorKnows(request.execId);
      this.#exits.watch("exec", request.execId, process);
    });
  }

  watch(id: ContainerId, init: ProcessName): void {
    this.#keepers.open(id);
    this.#exits.watch("container", id, init);
  }

  /** Nothing is gone before every monitor was asked that may be there; one that lives and cannot be reached may know more. */
  async look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const looked = await this.#look(id, init);
    if (looked.is !== "gone" || this.#exits.certain) return looked;
    const unreached = (): Error =>
      new Unavailable(`how ${id} has ended only the monitor may know, which lives and cannot be reached`);
    await within(this.#questionMs, this.#search.promise, unreached);
    const again = await this.#look(id, init);
    if (again.is === "gone" && !this.#exits.certain) throw unreached();
    return again;
  }

  async #look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const isReached = this.#connection !== undefined || this.#upgrading !== undefined;
    const seen = isReached ? await this.#ask({ verb: "look", id }) : { is: "unheard" as const };
    if (seen.is === "running") return seen;
    if (seen.is === "exited") return { is: "exited", exit: await this.#exits.better(id, seen.exit) };
    if (init) this.#exits.watch("container", id, init);
    const exit = await this.#exits.ownWord(id);
    if (!exit) return init ? { is: "running" } : { is: "gone" };
    return "unknown" in exit ? { is: "gone" } : { is: "exited", exit };
  }

  async drain(id: ContainerId, boundMs: number): Promise<void> {
    await this.#ask({ verb: "drain", id, boundMs });
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
    await this.#ask({ verb: "forget", id }, () => {
      this.#keepers.close(id);
      this.#exits.forget(id);
    });
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
    this.#connection?.close();
    this.#connection = undefined;
    this.#exits.close();
    this.#keepers.closeAll();
    this.#readiness.close();
  }

  async #acknowledge(id: string): Promise<void> {
    await this.#ask({ verb: "acknowledge", id }, () => this.#exits.settle(id));
  }

  async #reach(): Promise<MonitorGreeting> {
    const { connection, welcome } = await reachMonitor(
      this.#places,
      { ...this.#options, boundMs: this.#options.connectMs ?? CONNECT_MS },
      {
        program: this.#options.version,
        exited: ({ kind, id, exit }) => void this.#exits.hear(kind, id, exit),
        lost: (reason) => this.#lost(reason),
      },
      this.#starting,
    );
    this.#connection?.close();
    this.#connection = connection;
    return this.#greeted(welcome);
  }

  #greeted({ pid, version, containers, execs }: Welcome): MonitorGreeting {
    this.#exits.monitorCame([...containers, ...execs]);
    // What fails now is owed to the next connection.
    for (const id of this.#exits.owed) void this.#acknowledge(id).catch(() => {});
    return { pid, version, containers };
  }

  /** A monitor that replaces itself knows what ends meanwhile; no one else does, for it alone can reap its children. */
  #lost(reason: string): void {
    this.#connection = undefined;
    if (this.#upgrading) return;
    this.#exits.monitorWent();
    this.#listener?.lost(reason);
  }

  async #upgrade(): Promise<MonitorGreeting> {
    const connection = this.#connected();
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

  #connected(): Connection {
    if (!this.#connection) throw new Unavailable("there is no connection to the monitor");
    return this.#connection;
  }

  /**
   * During an upgrade questions wait for the new program, and those that the old one left unanswered are asked again: their
   * bound begins anew. `heard` gets the answer when it comes, also after the bound.
   */
  async #ask<Asked extends Request>(
    request: Asked,
    heard: (answer: Answers[Asked["verb"]]) => void = () => {},
  ): Promise<Answers[Asked["verb"]]> {
    await this.#upgrading?.catch(() => {}); // told to who asked for it
    const boundMs = boundOf(request, this.#questionMs);
    try {
      const answered = this.#connected()
        .ask(request)
        .then((answer) => (heard(answer), answer));
      return await within(boundMs, answered, () => unanswered(request, boundMs));
    } catch (error) {
      // What makes something is always answered: the monitor waits for it before it replaces itself.
      const makes = request.verb === "create" || request.verb === "exec";
      if (makes || !(error instanceof Unavailable) || !this.#upgrading) throw error;
      return this.#ask(request, heard);
    }
  }
}
