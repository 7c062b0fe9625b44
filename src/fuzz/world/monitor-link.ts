/** The daemon's side of a simulated monitor: asks it, hears it, and sees ends by pidfd while nobody answers. */
import { fromFailure, Unavailable } from "../../errors.ts";
import type { Looked, Monitor, MonitorGreeting, MonitorListener } from "../../drivers/monitor/monitor.ts";
import type { Answers, FromMonitor, ProcessName, Request, Seen } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId, Exit } from "../../vocabulary/index.ts";
import type { Connection } from "./connection.ts";
import type { Process } from "./kernel.ts";
import { MonitorProcess } from "./monitor-process.ts";
import type { Node } from "./node.ts";

/** The one monitor of a node, whoever started it. */
export interface MonitorPlace {
  process: MonitorProcess | undefined;
}

interface Question {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class MonitorLink implements Monitor {
  readonly #node: Node;
  readonly #place: MonitorPlace;
  readonly #questions = new Map<number, Question>();
  /** Whose end is watched; by a pidfd, unless it was gone already. */
  readonly #watched = new Map<string, Process | undefined>();
  /** What the monitor that is connected knows. */
  readonly #known = new Set<string>();
  readonly #told = new Set<string>();
  readonly #acknowledged = new Set<string>();
  #connection: Connection | undefined;
  #listener: MonitorListener | undefined;
  #upgrading: Promise<MonitorGreeting> | undefined;
  /** Until a monitor was looked for, the one that is there may know what we do not. */
  #isSought = false;
  readonly #sought = Promise.withResolvers<void>();
  #asked = 0;

  constructor(node: Node, place: MonitorPlace) {
    this.#node = node;
    this.#place = place;
  }

  connect(listener: MonitorListener): Promise<MonitorGreeting> {
    this.#listener = listener;
    this.#told.clear();
    return this.#node
      .operation("monitor.connect", "monitor-link", () => this.#reach())
      .finally(() => {
        this.#isSought = true;
        this.#sought.resolve();
      });
  }

  #reach(): MonitorGreeting {
    if (!this.#place.process?.alive) this.#place.process = new MonitorProcess(this.#node);
    const monitor = this.#place.process;
    const before = this.#connection;
    this.#connection = monitor.connect();
    if (before) monitor.part(before);
    this.#giveUpQuestions("the connection to the monitor was replaced");
    const welcome = this.#connection.toDaemon.shift();
    const { containers, execs } = welcome?.type === "welcome" ? welcome : { containers: [], execs: [] };
    this.#known.clear();
    for (const id of [...containers, ...execs]) this.#known.add(id);
    for (const id of this.#acknowledged) void this.#tellAcknowledged(id).catch(() => {});
    return { pid: monitor.pid, version: "1", containers };
  }

  create(request: Parameters<Monitor["create"]>[0]): Promise<ProcessName> {
    return this.#ask({ verb: "create", request }).then((init) => {
      this.#known.add(request.id);
      this.watch(request.id, init);
      return init;
    });
  }
  exec(request: Parameters<Monitor["exec"]>[0]): Promise<ProcessName> {
    return this.#ask({ verb: "exec", request }).then((process) => {
      this.#known.add(request.execId);
      this.#watch(request.execId, process);
      return process;
    });
  }
  watch(id: ContainerId, init: ProcessName): void {
    this.#watch(id, init);
  }
  #watch(id: string, name: ProcessName): void {
    const process = this.#node.kernel.find(name);
    if (!this.#watched.has(id)) this.#watched.set(id, process?.reaped ? undefined : process);
  }

  async look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const looked = await this.#look(id, init);
    if (looked.is !== "gone" || this.#isSought) return looked;
    await this.#sought.promise;
    return this.#look(id, init);
  }
  #look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const isReached = this.#connection !== undefined || this.#upgrading !== undefined;
    const seen: Promise<Seen> = isReached ? this.#ask({ verb: "look", id }) : Promise.resolve({ is: "unheard" });
    return seen.then((said): Looked => {
      if (said.is === "running") return said;
      if (said.is === "exited") return { is: "exited", exit: this.#better(id, said.exit) };
      if (init) this.watch(id, init);
      const exit = this.#ownWord(id);
      if (!exit) return init ? { is: "running" } : { is: "gone" };
      return "unknown" in exit ? { is: "gone" } : { is: "exited", exit };
    });
  }

  drain(id: ContainerId, boundMs: number): Promise<void> {
    return this.#ask({ verb: "drain", id, boundMs }).then(() => undefined);
  }
  acknowledge(id: ContainerId | ExecId): Promise<void> {
    this.#acknowledged.add(id);
    this.#watched.delete(id);
    return this.#tellAcknowledged(id).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      this.#node.exitFiles.delete(id);
      this.#node.ledger.drop("exit-file", id);
    });
  }
  #tellAcknowledged(id: string): Promise<void> {
    return this.#ask({ verb: "acknowledge", id }).then(() => {
      this.#acknowledged.delete(id);
      this.#told.delete(id);
    });
  }
  forget(id: ContainerId): Promise<void> {
    return this.#ask({ verb: "forget", id }).then(() => {
      for (const set of [this.#known, this.#told, this.#acknowledged, this.#watched]) set.delete(id);
    });
  }
  upgrade(): Promise<MonitorGreeting> {
    this.#upgrading ??= this.#upgrade().finally(() => {
      this.#upgrading = undefined;
    });
    return this.#upgrading;
  }
  #upgrade(): Promise<MonitorGreeting> {
    if (!this.#connection) return Promise.reject(new Unavailable("there is no connection to the monitor"));
    return this.#put({ verb: "upgrade" }).then(
      () => Promise.reject(new Unavailable("the monitor answered instead of being replaced")),
      (error: unknown) => {
        if (this.#connection) throw error; // it said no, and goes on as it was
        return this.#node
          .operation("monitor.connect", "monitor-link", () => this.#reach())
          .catch((unreached: unknown) => {
            this.#known.clear();
            throw unreached;
          });
      },
    );
  }
  close(): void {
    this.#listener = undefined;
    if (this.#connection) this.#place.process?.part(this.#connection);
    this.#connection = undefined;
  }

  /** During an upgrade questions wait for the new program, and those that the old one left unanswered are asked again. */
  async #ask<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    await this.#upgrading?.catch(() => {}); // told to who asked for it
    try {
      return await this.#put(request);
    } catch (error) {
      const makes = request.verb === "create" || request.verb === "exec";
      if (makes || !(error instanceof Unavailable) || !this.#upgrading) throw error;
      return this.#ask(request);
    }
  }

  #put<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    if (!this.#connection) return Promise.reject(new Unavailable("there is no connection to the monitor"));
    const seq = ++this.#asked;
    this.#connection.toMonitor.push({ seq, request });
    return new Promise((resolve, reject) => this.#questions.set(seq, { resolve, reject }));
  }

  /** Something was said that has not been heard, or the other end is gone. */
  get hasNews(): boolean {
    return this.#connection !== undefined && (this.#connection.toDaemon.length > 0 || this.#connection.broken);
  }

  hearNext(): void {
    const message = this.#connection?.toDaemon.shift();
    if (message) this.#hear(message);
    else if (this.#connection?.broken) this.#lost();
  }

  #hear(message: FromMonitor): void {
    if (message.type === "exited") this.#tell(message.kind, message.id, this.#better(message.id, message.exit));
    if (message.type !== "answer") return;
    const question = this.#questions.get(message.seq);
    this.#questions.delete(message.seq);
    if ("ok" in message.result) question?.resolve(message.result.ok as never);
    else question?.reject(fromFailure(message.result.failed));
  }

  #lost(): void {
    this.#connection = undefined;
    const reason = "the connection to the monitor has ended";
    this.#giveUpQuestions(reason);
    this.#node.kernel.losses.connection++;
    if (this.#upgrading) return;
    this.#known.clear();
    this.#listener?.lost(reason);
  }

  #giveUpQuestions(reason: string): void {
    for (const { reject } of this.#questions.values()) reject(new Unavailable(reason));
    this.#questions.clear();
  }

  /** Ends that the daemon can see for itself and that no monitor will tell. */
  witnessed(): readonly string[] {
    return [...this.#watched.keys()].filter((id) => {
      if (this.#known.has(id) || this.#told.has(id) || this.#acknowledged.has(id)) return false;
      const word = this.#ownWord(id);
      return word !== undefined && (this.#isSought || !("unknown" in word));
    });
  }
  testify(id: string): void {
    const exit = this.#ownWord(id);
    const kind = this.#node.notes.get(id)?.kind ?? this.#node.kernel.of(id)?.kind ?? "container";
    if (exit) this.#tell(kind, id, exit);
  }

  #tell(kind: "container" | "exec", id: string, exit: Exit): void {
    if (this.#told.has(id) || this.#acknowledged.has(id)) return;
    this.#told.add(id);
    if (kind === "container") this.#listener?.exited(id as ContainerId, exit);
    else this.#listener?.execExited(id as ExecId, exit);
  }

  #better(id: string, exit: Exit): Exit {
    const own = "unknown" in exit ? this.#byPidfd(id) : undefined;
    return own && !("unknown" in own) ? own : exit;
  }
  #ownWord(id: string): Exit | undefined {
    return this.#node.exitFiles.get(id) ?? this.#byPidfd(id);
  }
  #byPidfd(id: string): Exit | undefined {
    const process = this.#watched.get(id);
    if (!this.#watched.has(id) || (process && process.phase !== "ended")) return undefined;
    const unknown = { unknown: "nobody saw it end", at: this.#node.wallNs(), oomKilled: false };
    return (process && this.#node.kernel.codeByPidfd(process)) ?? unknown;
  }
}
