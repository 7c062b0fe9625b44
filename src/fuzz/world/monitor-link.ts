/** The daemon's side of a simulated monitor: asks it, hears it, and sees ends by pidfd while nobody answers (testimony.ts). */
import { Unavailable } from "../../errors.ts";
import type {
  AttachRequest,
  Looked,
  Monitor,
  MonitorGreeting,
  MonitorListener,
} from "../../drivers/monitor/monitor.ts";
import type { FromMonitor, ProcessName, Seen } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId } from "../../vocabulary/index.ts";
import { Attachments } from "./attachments.ts";
import { MonitorProcess } from "./monitor-process.ts";
import type { Node } from "./node.ts";
import { Questions } from "./questions.ts";
import { Testimony } from "./testimony.ts";
import { within } from "./within.ts";

/** The one monitor of a node, whoever started it. */
export interface MonitorPlace {
  process: MonitorProcess | undefined;
}

const CONNECT_MS = 30_000;
const SEARCH_MS = 4_000;

export class MonitorLink implements Monitor {
  readonly #node: Node;
  readonly #life: number;
  readonly #place: MonitorPlace;
  readonly #testimony: Testimony;
  readonly #within: ReturnType<typeof within>;
  readonly #questions: Questions;
  readonly #attachments: Attachments;
  #upgrading: Promise<MonitorGreeting> | undefined;
  #search = Promise.withResolvers<void>();

  constructor(node: Node, place: MonitorPlace) {
    this.#node = node;
    this.#life = node.life;
    this.#place = place;
    this.#testimony = new Testimony(node);
    this.#within = within(node.timers, node.life);
    this.#questions = new Questions(node, () => this.#upgrading);
    this.#attachments = new Attachments(node, this.#questions);
  }

  connect(listener: MonitorListener): Promise<MonitorGreeting> {
    this.#testimony.listen(listener);
    this.#attachments.listener = listener;
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
    const before = this.#questions.connection;
    const connection = monitor.connect();
    this.#questions.connection = connection;
    if (before) monitor.part(before);
    this.#questions.giveUp("the connection to the monitor was replaced");
    this.#attachments.lost();
    const welcome = connection.toDaemon.shift();
    const { containers, execs } = welcome?.type === "welcome" ? welcome : { containers: [], execs: [] };
    this.#testimony.monitorCame([...containers, ...execs]);
    for (const id of execs) this.#attachments.listener?.execFound(id);
    for (const id of this.#testimony.owed) void this.#tellAcknowledged(id).catch(() => {});
    return { pid: monitor.pid, version: "1", containers };
  }

  create(request: Parameters<Monitor["create"]>[0]): Promise<ProcessName> {
    return this.#questions.ask({ verb: "create", request }, (init) => this.#begun(request.id, init));
  }
  exec(request: Parameters<Monitor["exec"]>[0]): Promise<ProcessName> {
    return this.#questions.ask({ verb: "exec", request }, (process) => this.#begun(request.execId, process));
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
    const isReached = this.#questions.connection !== undefined || this.#upgrading !== undefined;
    const seen: Promise<Seen> = isReached
      ? this.#questions.ask({ verb: "look", id })
      : Promise.resolve({ is: "unheard" });
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
    return this.#questions.ask({ verb: "drain", id, boundMs }).then(() => undefined);
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
    return this.#questions.ask({ verb: "acknowledge", id }, () => this.#testimony.settle(id)).then(() => undefined);
  }
  forget(id: ContainerId): Promise<void> {
    return this.#questions.ask({ verb: "forget", id }, () => this.#testimony.forget(id)).then(() => undefined);
  }
  console(id: ContainerId): string {
    return `/run/troupe/monitor/${id}/tty`;
  }
  attach(request: AttachRequest): Promise<void> {
    return this.#attachments.begin(request);
  }
  detach(attachId: string): Promise<void> {
    return this.#attachments.end(attachId);
  }
  input(id: ContainerId): number {
    return this.#attachments.input(id);
  }
  terminal(id: ContainerId): number | undefined {
    return this.#attachments.terminal(id);
  }
  closeInput(id: ContainerId): Promise<void> {
    return this.#questions.ask({ verb: "closeInput", id }).then(() => undefined);
  }
  reopenLog(id: ContainerId): Promise<void> {
    return this.#questions.ask({ verb: "reopen", id }).then(() => undefined);
  }
  upgrade(): Promise<MonitorGreeting> {
    this.#upgrading ??= this.#upgrade().finally(() => {
      this.#upgrading = undefined;
    });
    return this.#upgrading;
  }
  #upgrade(): Promise<MonitorGreeting> {
    if (!this.#questions.connection) return Promise.reject(new Unavailable("there is no connection to the monitor"));
    const request = { verb: "upgrade" } as const;
    return this.#questions.bounded(request, this.#questions.put(request)).then(
      () => Promise.reject(new Unavailable("the monitor answered instead of being replaced")),
      (error: unknown) => {
        if (this.#questions.connection) throw error; // it said no, or nothing, and goes on as it was
        return this.#find().catch((unreached: unknown) => {
          this.#testimony.monitorWent();
          throw unreached;
        });
      },
    );
  }
  close(): void {
    this.#testimony.close();
    this.#attachments.listener = undefined;
    const { connection } = this.#questions;
    if (connection) this.#place.process?.part(connection);
    this.#questions.connection = undefined;
  }

  /** Something was said that has not been heard, or the other end is gone. */
  get hasNews(): boolean {
    const { connection } = this.#questions;
    return connection !== undefined && (connection.toDaemon.length > 0 || connection.broken);
  }

  hearNext(): void {
    const { connection } = this.#questions;
    const message = connection?.toDaemon.shift();
    if (message) this.#hear(message);
    else if (connection?.broken) this.#lost();
  }

  #hear(message: FromMonitor): void {
    if (message.type === "exited")
      this.#testimony.tell(message.kind, message.id, this.#testimony.better(message.id, message.exit));
    if (message.type === "detached") this.#attachments.hear(message.attachId, message.why);
    if (message.type === "answer") this.#questions.hear(message.seq, message.result);
  }

  #lost(): void {
    this.#questions.connection = undefined;
    const reason = "the connection to the monitor has ended";
    this.#questions.giveUp(reason);
    this.#attachments.lost();
    if (this.#upgrading) return;
    this.#testimony.monitorWent();
    this.#testimony.lost(reason);
  }

  /** This client takes nothing: the monitor, unless it hangs, cuts it off. False: there is no copy for it. */
  cutOff(attachId: string): boolean {
    const { process } = this.#place;
    if (!process?.alive || process.hangs || !process.copies.has(attachId)) return false;
    process.hear({ type: "detached", attachId, why: "slow" });
    return true;
  }

  witnessed(): readonly string[] {
    return this.#testimony.witnessed();
  }
  testify(id: string): void {
    this.#testimony.testify(id);
  }
}
