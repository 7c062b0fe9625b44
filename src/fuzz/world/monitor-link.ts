/** The daemon's side of a simulated monitor: asks it, hears it, and sees ends by pidfd while nobody answers (testimony.ts). */
import { fromFailure, Unavailable } from "../../errors.ts";
import type { Looked, Monitor, MonitorGreeting, MonitorListener } from "../../drivers/monitor/monitor.ts";
import {
  boundOf,
  unanswered,
  type Answers,
  type FromMonitor,
  type ProcessName,
  type Request,
  type Seen,
} from "../../monitor/protocol.ts";
import type { ContainerId, ExecId } from "../../vocabulary/index.ts";
import { subjectOf, type Connection } from "./connection.ts";
import { MonitorProcess } from "./monitor-process.ts";
import type { Node } from "./node.ts";
import { Testimony } from "./testimony.ts";
import { within } from "./within.ts";

/** The one monitor of a node, whoever started it. */
export interface MonitorPlace {
  process: MonitorProcess | undefined;
}

interface Question {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const CONNECT_MS = 30_000;
const SEARCH_MS = 4_000;

export class MonitorLink implements Monitor {
  readonly #node: Node;
  readonly #life: number;
  readonly #place: MonitorPlace;
  readonly #testimony: Testimony;
  readonly #within: ReturnType<typeof within>;
  readonly #questions = new Map<number, Question>();
  #connection: Connection | undefined;
  #upgrading: Promise<MonitorGreeting> | undefined;
  #search = Promise.withResolvers<void>();
  #asked = 0;

  constructor(node: Node, place: MonitorPlace) {
    this.#node = node;
    this.#life = node.life;
    this.#place = place;
    this.#testimony = new Testimony(node);
    this.#within = within(node.timers, node.life);
  }

  connect(listener: MonitorListener): Promise<MonitorGreeting> {
    this.#testimony.listen(listener);
    const [before, search] = [this.#search, Promise.withResolvers<void>()];
    this.#search = search;
    void search.promise.then(before.resolve);
    return this.#find()
      .catch((error: unknown) => {
        this.#testimony.monitorMissed(this.#place.process?.alive === true);
        throw error;
      })
      .finally(() => search.resolve());
  }

  /** One that hangs lets nobody in. */
  #find(): Promise<MonitorGreeting> {
    const { timers } = this.#node;
    const bound = new AbortController();
    const overdue = new Unavailable(`no monitor could be reached within ${CONNECT_MS} ms`);
    const timer = timers.set(() => bound.abort(overdue), CONNECT_MS, this.#life);
    const options = { signal: bound.signal, isReady: () => this.#place.process?.hangs !== true };
    const found = this.#node.operation("monitor.connect", "monitor-link", () => this.#reach(), options);
    return found.finally(() => timers.clear(timer));
  }

  #reach(): MonitorGreeting {
    if (this.#place.process?.hangs) throw new Unavailable("the monitor does not say hello");
    if (!this.#place.process?.alive) this.#place.process = new MonitorProcess(this.#node);
    const monitor = this.#place.process;
    const before = this.#connection;
    this.#connection = monitor.connect();
    if (before) monitor.part(before);
    this.#giveUpQuestions("the connection to the monitor was replaced");
    const welcome = this.#connection.toDaemon.shift();
    const { containers, execs } = welcome?.type === "welcome" ? welcome : { containers: [], execs: [] };
    this.#testimony.monitorCame([...containers, ...execs]);
    for (const id of this.#testimony.owed) void this.#tellAcknowledged(id).catch(() => {});
    return { pid: monitor.pid, version: "1", containers };
  }

  create(request: Parameters<Monitor["create"]>[0]): Promise<ProcessName> {
    return this.#ask({ verb: "create", request }, (init) => this.#begun(request.id, init));
  }
  exec(request: Parameters<Monitor["exec"]>[0]): Promise<ProcessName> {
    return this.#ask({ verb: "exec", request }, (process) => this.#begun(request.execId, process));
  }
  #begun(id: string, process: ProcessName): void {
    this.#testimony.monitorKnows(id);
    this.#testimony.watch(id, process);
  }
  watch(id: ContainerId, init: ProcessName): void {
    this.#testimony.watch(id, init);
  }

  async look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const looked = await this.#look(id, init);
    if (looked.is !== "gone" || this.#testimony.certain) return looked;
    const unreached = (): Error => new Unavailable(`how ${id} has ended a monitor may know that cannot be reached`);
    await this.#within(SEARCH_MS, this.#search.promise, unreached);
    const again = await this.#look(id, init);
    if (again.is === "gone" && !this.#testimony.certain) throw unreached();
    return again;
  }
  #look(id: ContainerId, init: ProcessName | undefined): Promise<Looked> {
    const isReached = this.#connection !== undefined || this.#upgrading !== undefined;
    const seen: Promise<Seen> = isReached ? this.#ask({ verb: "look", id }) : Promise.resolve({ is: "unheard" });
    return seen.then((said): Looked => {
      if (said.is === "running") return said;
      if (said.is === "exited") return { is: "exited", exit: this.#testimony.better(id, said.exit) };
      if (init) this.watch(id, init);
      const exit = this.#testimony.ownWord(id);
      if (!exit) return init ? { is: "running" } : { is: "gone" };
      return "unknown" in exit ? { is: "gone" } : { is: "exited", exit };
    });
  }

  drain(id: ContainerId, boundMs: number): Promise<void> {
    return this.#ask({ verb: "drain", id, boundMs }).then(() => undefined);
  }
  acknowledge(id: ContainerId | ExecId): Promise<void> {
    this.#testimony.acknowledge(id);
    return this.#tellAcknowledged(id).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      this.#node.exitFiles.delete(id);
      this.#node.ledger.drop("exit-file", id);
    });
  }
  #tellAcknowledged(id: string): Promise<void> {
    return this.#ask({ verb: "acknowledge", id }, () => this.#testimony.settle(id)).then(() => undefined);
  }
  forget(id: ContainerId): Promise<void> {
    return this.#ask({ verb: "forget", id }, () => this.#testimony.forget(id)).then(() => undefined);
  }
  upgrade(): Promise<MonitorGreeting> {
    this.#upgrading ??= this.#upgrade().finally(() => {
      this.#upgrading = undefined;
    });
    return this.#upgrading;
  }
  #upgrade(): Promise<MonitorGreeting> {
    if (!this.#connection) return Promise.reject(new Unavailable("there is no connection to the monitor"));
    const request = { verb: "upgrade" } as const;
    return this.#bounded(request, this.#put(request)).then(
      () => Promise.reject(new Unavailable("the monitor answered instead of being replaced")),
      (error: unknown) => {
        if (this.#connection) throw error; // it said no, or nothing, and goes on as it was
        return this.#find().catch((unreached: unknown) => {
          this.#testimony.monitorWent();
          throw unreached;
        });
      },
    );
  }
  close(): void {
    this.#testimony.close();
    if (this.#connection) this.#place.process?.part(this.#connection);
    this.#connection = undefined;
  }

  #ask<Asked extends Request>(
    request: Asked,
    heard: (answer: Answers[Asked["verb"]]) => void = () => {},
  ): Promise<Answers[Asked["verb"]]> {
    const answered = this.#askAnybody(request).then((answer) => (heard(answer), answer));
    return this.#bounded(request, answered);
  }

  /** During an upgrade questions wait for the new program, and those that the old one left unanswered are asked again. */
  async #askAnybody<Asked extends Request>(request: Asked): Promise<Answers[Asked["verb"]]> {
    await this.#upgrading?.catch(() => {}); // told to who asked for it
    try {
      return await this.#put(request);
    } catch (error) {
      const makes = request.verb === "create" || request.verb === "exec";
      if (makes || !(error instanceof Unavailable) || !this.#upgrading) throw error;
      return this.#askAnybody(request);
    }
  }

  #bounded<Value>(request: Request, answered: Promise<Value>): Promise<Value> {
    const boundMs = boundOf(request);
    return this.#within(boundMs, answered, () => {
      const isTaken = !this.#connection?.toMonitor.some((question) => question.request === request);
      const fate = isTaken ? "late" : "given up";
      this.#node.operations.fated?.(`monitor.${request.verb}`, subjectOf(request), fate);
      return unanswered(request, boundMs);
    });
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
    if (message.type === "exited")
      this.#testimony.tell(message.kind, message.id, this.#testimony.better(message.id, message.exit));
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
    if (this.#upgrading) return;
    this.#testimony.monitorWent();
    this.#testimony.lost(reason);
  }

  #giveUpQuestions(reason: string): void {
    for (const { reject } of this.#questions.values()) reject(new Unavailable(reason));
    this.#questions.clear();
  }

  witnessed(): readonly string[] {
    return this.#testimony.witnessed();
  }
  testify(id: string): void {
    this.#testimony.testify(id);
  }
}
