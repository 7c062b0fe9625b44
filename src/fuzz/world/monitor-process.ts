/**
 * The monitor of a simulated node: the real reducer, with hands that act on the node. Its notes and exit files outlive it; its
 * children do too, with PID 1 as their parent. Re-executed in place it keeps its children and begins with its notes.
 */
import { Failed, toFailure } from "../../errors.ts";
import type { Effect, Found, Input, MonitorState } from "../../monitor/bookkeeping.ts";
import type { FromMonitor } from "../../monitor/protocol.ts";
import { initialState, reduce } from "../../monitor/reducer.ts";
import type { Exit } from "../../vocabulary/index.ts";
import { subjectOf, wordsOf, type Connection } from "./connection.ts";
import { Halting } from "./halting.ts";
import type { Process } from "./kernel.ts";
import {
  noteAcknowledged,
  noteBegun,
  noteClosed,
  noteExit,
  noteForgotten,
  strikeOut,
  strikeOutAll,
} from "./monitor-notes.ts";
import type { Node } from "./node.ts";
import { beginTool, type Asked } from "./tools.ts";

const SIGKILL = 9;
/** How long a new monitor waits for whoever started it. */
const EXPECT_MS = 90_000;

export class MonitorProcess extends Halting {
  readonly life: number;
  readonly pid: number;
  readonly #connected: Connection[] = [];
  readonly #node: Node;
  /** Whose end it waits for: containers and execs, by id. */
  readonly #followed = new Map<string, Process>();
  /** Copies of what containers write: of which, by attachment. */
  readonly copies = new Map<string, string>();
  #state: MonitorState = initialState;
  #connections = 0;

  constructor(node: Node) {
    super();
    this.#node = node;
    this.life = node.newLife();
    this.pid = this.life;
    this.#begin();
  }

  #begin(): void {
    const { notes, exitFiles, timers } = this.#node;
    this.#state = initialState;
    this.#followed.clear();
    this.copies.clear();
    for (const [id, { kind, process, forgotten, acknowledged }] of notes) {
      const exit = acknowledged ?? exitFiles.get(id);
      // Its runtime was still at work: whoever asked was never told, and undoes it.
      if (!process) strikeOut(this.#node, id);
      else {
        if (!exit) this.#followed.set(id, process);
        const subject = { id, kind, forgotten, acknowledged: acknowledged !== undefined, logging: false };
        this.#found({ ...subject, ...(exit && { exit }) });
      }
    }
    for (const [id, exit] of exitFiles)
      if (!notes.has(id))
        this.#found({ id, kind: "container", exit, acknowledged: false, forgotten: false, logging: false });
    timers.set(() => this.whenAwake(() => this.hear({ type: "nobodyCame" })), EXPECT_MS, this.life);
  }

  #found(subject: Found): void {
    this.hear({ type: "found", subject });
  }

  hear(input: Input): void {
    if (!this.alive) return;
    const [state, effects] = reduce(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  /** A daemon connects and has said hello. */
  connect(): Connection {
    const connection: Connection = {
      n: ++this.#connections,
      toMonitor: [],
      toDaemon: [],
      broken: false,
      hungUp: false,
    };
    this.#connected.push(connection);
    this.hear({ type: "greeted", daemon: connection.n });
    return connection;
  }

  /** The daemon's end has gone, which it sees when it has heard all that was asked before. */
  part(connection: Connection): void {
    connection.hungUp = true;
  }

  get asking(): Connection | undefined {
    return this.hangs ? undefined : this.#connected.find(({ toMonitor, hungUp }) => toMonitor.length > 0 || hungUp);
  }
  /** It takes the next question, or sees that a daemon has gone; false: there is neither. */
  takeQuestion(): boolean {
    const connection = this.asking;
    const next = connection?.toMonitor.shift();
    if (connection && next) {
      this.#node.operations.fated?.(`monitor.${next.request.verb}`, subjectOf(next.request), "taken");
      this.hear({ type: "asked", daemon: connection.n, ...next });
    } else if (connection) {
      this.#connected.splice(this.#connected.indexOf(connection), 1);
      this.hear({ type: "parted", daemon: connection.n });
    }
    return connection !== undefined;
  }

  /** Ends that it has not seen yet. */
  unseen(): readonly [string, Process][] {
    if (this.#followed.size === 0 || this.hangs) return [];
    return [...this.#followed].filter(([, { phase }]) => phase === "ended");
  }

  /** It sees the end of one that it waits for, and reads what it may. */
  see(id: string): void {
    const process = this.#followed.get(id);
    if (process?.phase !== "ended" || !process.end) return;
    this.#followed.delete(id);
    const own = process.parent === this.life ? process.end : this.#node.kernel.codeByPidfd(process);
    const { at } = process.end;
    const exit: Exit = own ?? { unknown: "its monitor died before it ended", at, oomKilled: false };
    this.hear({ type: "ended", id, exit });
    for (const [attachId, of] of this.copies) if (of === id) this.hear({ type: "detached", attachId, why: "ended" });
  }

  die(): void {
    if (!this.alive) return;
    this.#node.kernel.losses.monitor++;
    this.alive = false;
    const { kernel, operations, timers, choices } = this.#node;
    for (const process of kernel.all())
      if (process.parent === this.life && !this.#node.exitFiles.has(process.object))
        process.mayBeUnknown ||= !kernel.tellsExits;
    kernel.orphan(this.life);
    this.#hangUp();
    operations.bereave(this.life, () => choices.chance(500));
    timers.drop(this.life);
  }

  #perform(effect: Effect): void {
    const say = (daemon: number, message: FromMonitor): void =>
      void this.#connected.find(({ n }) => n === daemon)?.toDaemon.push(message);
    switch (effect.do) {
      case "greet":
      case "answer":
      case "tell":
      case "tellDetached":
        return say(effect.daemon, wordsOf(effect, this.pid));
      case "create":
        return this.#run({ verb: "create", request: effect.request }, effect.request.id);
      case "exec":
        return this.#run({ verb: "exec", request: effect.request }, effect.request.execId);
      case "drain": {
        const { daemon, seq, id } = effect;
        const done = (): void => say(daemon, { type: "answer", seq, result: { ok: null } });
        return void this.#operation("monitor.drain", id, () => {}).then(() => this.whenAwake(done));
      }
      case "keepExit":
        return noteExit(this.#node, effect.id, effect.exit);
      case "reap":
        return this.#node.kernel.reap(effect.id, this.life);
      case "acknowledge":
        return noteAcknowledged(this.#node, effect.id);
      case "forget":
        return noteForgotten(this.#node, effect.id);
      case "end": {
        const process = this.#node.kernel.of(effect.id);
        return process && this.#node.kernel.signal(process, SIGKILL);
      }
      case "release":
        return strikeOut(this.#node, effect.id);
      case "attach":
        this.copies.set(effect.request.attachId, effect.request.id);
        return this.hear({ type: "attached", attachId: effect.request.attachId });
      case "sweep":
      case "sweepBeside":
        return;
      case "detach":
        return void this.copies.delete(effect.attachId);
      case "handle": {
        if (effect.request.verb === "closeInput") noteClosed(this.#node, effect.request.id);
        return say(effect.daemon, { type: "answer", seq: effect.seq, result: { ok: null } });
      }
      case "upgrade":
        return void this.#operation("monitor.upgrade", "monitor", () => {}).then(() =>
          this.whenAwake(() => this.#replace()),
        );
      case "leave":
        return this.#leave();
    }
  }

  #operation<Value>(name: string, object: string, effect: () => Value, isTool = false): Promise<Value> {
    return this.#node.operations.begin(name, object, effect, { life: this.life, outlives: isTool, canFail: isTool });
  }

  /** A tool of the OCI runtime makes a process: ours, or PID 1's when we have died meanwhile. */
  #run(asked: Asked, id: string): void {
    const kind = asked.verb === "create" ? "container" : "exec";
    const fail = (error: unknown): void => {
      strikeOut(this.#node, id);
      this.hear({ type: "startFailed", id, failure: toFailure(error) });
    };
    if (this.#node.notes.has(id)) return fail(new Failed(`there is a note about ${id} already`));
    if (this.#node.diskFull) return fail(new Failed("no space left on device"));
    noteBegun(this.#node, asked, id);
    beginTool(this.#node, asked, this).then(
      (process) =>
        this.whenAwake(() => {
          this.#followed.set(id, process);
          this.hear({ type: "started", id, init: process.name });
        }),
      (error: unknown) =>
        this.whenAwake(() => {
          const left = kind === "exec" ? this.#node.kernel.of(id) : undefined;
          if (left) this.#node.kernel.signal(left, SIGKILL);
          fail(error);
        }),
    );
  }

  #replace(): void {
    this.#hangUp();
    this.#begin();
  }

  #hangUp(): void {
    for (const connection of this.#connected) {
      connection.broken = true;
      connection.toMonitor.length = 0;
    }
    this.#connected.length = 0;
  }

  #leave(): void {
    this.alive = false;
    this.#node.timers.drop(this.life);
    this.#hangUp();
    strikeOutAll(this.#node);
  }
}
