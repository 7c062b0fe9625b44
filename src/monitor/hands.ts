/** Does what the reducer orders. Everything here is short and in memory, but for what runs in processes and in the log thread. */
import type { Readiness } from "../drivers/linux/poll.ts";
import { killGroupOf } from "../drivers/linux/process-group.ts";
import { laneOf } from "../drivers/logs/lane.ts";
import type { Logs } from "../drivers/logs/logs.ts";
import { toFailure, Unavailable } from "../errors.ts";
import type { ContainerId, ExecId } from "../vocabulary/index.ts";
import type { Effect, Input } from "./bookkeeping.ts";
import type { Children } from "./children.ts";
import type { ContainerStreams } from "./container-streams.ts";
import { Copies } from "./copies.ts";
import type { Door } from "./door.ts";
import { handOver } from "./handover.ts";
import { oomBaselineOf } from "./oom-watch.ts";
import type {
  AttachRequest,
  CreateRequest,
  ExecRequest,
  FromMonitor,
  Places,
  ProcessName,
  Result,
} from "./protocol.ts";
import type { Records } from "./records.ts";
import { createContainer, execProcess, processNamedIn } from "./starting.ts";
import { closeStreams, openStreams, sourceOf, type Streams } from "./streams.ts";
import { sweepStrays } from "./strays.ts";

/** How long a chunk may take to get into its log before an upgrade is given up. */
const LOG_STOP_MS = 5000;
/** How long the leaving waits for it: there is no hurry, but whoever comes next waits for the lock. */
const LOG_END_MS = 60_000;
const FLUSH_MS = 500;

export interface HandsOptions {
  readonly places: Places;
  readonly version: string;
  /** What to execute in our place at an upgrade. */
  readonly program: readonly [string, ...string[]];
  readonly lock: number;
  readonly readiness: Readiness;
  readonly records: Records;
  readonly children: Children;
  readonly logs: Logs;
  readonly door: Door;
  readonly streams: ContainerStreams;
  readonly dispatch: (input: Input) => void;
  /** `whole`: the log thread has ended. */
  readonly leave: (whole: boolean) => void;
  readonly warn: (text: string) => void;
}

export class Hands {
  readonly #at: HandsOptions;
  readonly #copies: Copies;
  /** Pids of the tools under way: each is waited for by who runs it. */
  readonly #tools = new Set<number>();

  constructor(options: HandsOptions) {
    this.#at = options;
    this.#copies = new Copies(options.logs);
  }

  perform(effect: Effect): void {
    const { door, records, children, streams } = this.#at;
    switch (effect.do) {
      case "greet":
        return door.send(effect.daemon, this.#welcome(effect));
      case "answer":
        return door.send(effect.daemon, { type: "answer", seq: effect.seq, result: effect.result });
      case "tell":
        return door.send(effect.daemon, { type: "exited", kind: effect.kind, id: effect.id, exit: effect.exit });
      case "create":
        return void this.#create(effect.request);
      case "exec":
        return void this.#exec(effect.request);
      case "drain":
        return void this.#drain(effect);
      case "keepExit":
        return this.#note(() => records.keepExit({ kind: effect.kind, id: effect.id, exit: effect.exit }));
      case "reap":
        return children.reap(effect.id);
      case "acknowledge":
        this.#note(() => records.acknowledge(effect.id));
        return streams.settle(effect.id);
      case "forget":
        return this.#note(() => records.change(effect.id, { forgotten: true }));
      case "end":
        return this.#end(effect.id);
      case "release":
        records.remove(effect.id);
        return streams.release(effect.id);
      case "attach":
        return void this.#attach(effect.request);
      case "detach":
        return void this.#copies.end(effect.attachId);
      case "tellDetached":
        return door.send(effect.daemon, { type: "detached", attachId: effect.attachId, why: effect.why });
      case "handle":
        return void this.#handle(effect);
      case "sweep":
        return sweepStrays(children.pids);
      case "sweepBeside":
        return sweepStrays(new Set([...children.pids, ...this.#tools, ...this.#made(effect.creating)]));
      case "upgrade":
        return void this.#upgrade();
      case "leave":
        return void this.#leave();
    }
  }

  #welcome({ daemon, ...known }: Extract<Effect, { do: "greet" }>): FromMonitor {
    const { door, version, streams } = this.#at;
    const containers = known.containers as readonly ContainerId[];
    const execs = known.execs as readonly ExecId[];
    const protocol = door.version(daemon);
    const terminals = protocol < 2 ? {} : { terminals: streams.terminals };
    return { type: "welcome", protocol, pid: process.pid, version, containers, execs, ...terminals };
  }

  /** With /run full the monitor goes on; only a successor would miss the note. */
  #note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#at.warn(`could not take a note: ${toFailure(error).text}`);
    }
  }

  async #create(request: CreateRequest): Promise<void> {
    const { places, readiness, records, streams, logs } = this.#at;
    const { id, pidFile, watchOom, logPath, logBounds, journaldName, stdin = false, terminal = false } = request;
    let opened: Streams | undefined;
    try {
      const log = {
        ...(logPath !== undefined && { logPath, lane: laneOf(logPath), ...(logBounds && { logBounds }) }),
        ...(journaldName !== undefined && { journaldName }),
      };
      records.add({ id, kind: "container", pidFile, watchOom, stdin, terminal, forgotten: false, ...log });
      opened = openStreams(places, id, request, true);
      const { init, ...made } = await createContainer(readiness, places, request, opened, this.#tools);
      opened = { ...opened, ...made };
      const oom = watchOom ? oomBaselineOf(init.pid) : undefined;
      records.change(id, { init, ...(oom && { oom }) });
      streams.add(id, opened);
      logs.open(sourceOf(id, opened, log));
      this.#started(id, init);
    } catch (error) {
      if (opened) closeStreams(opened);
      streams.drop(id);
      records.remove(id);
      this.#at.dispatch({ type: "startFailed", id, failure: toFailure(error) });
    }
  }

  async #exec(request: ExecRequest): Promise<void> {
    const { readiness, records } = this.#at;
    const { execId: id, pidFile } = request;
    try {
      records.add({ id, kind: "exec", pidFile, watchOom: false, forgotten: false });
      const init = await execProcess(readiness, request, this.#tools);
      this.#note(() => records.change(id, { init })); // told as failed it would run on, and be nobody's
      this.#started(id, init);
    } catch (error) {
      records.remove(id);
      this.#at.dispatch({ type: "startFailed", id, failure: toFailure(error) });
    }
  }

  /** Held before it counts as started: with no tool running the next sweep would take it, had it ended already. */
  #started(id: string, init: ProcessName): void {
    this.#at.children.follow(id, init, this.#at.records.get(id)?.oom);
    this.#at.dispatch({ type: "started", id, init });
  }

  async #drain({ daemon, seq, id, boundMs }: Extract<Effect, { do: "drain" }>): Promise<void> {
    await this.#at.logs.drain(id, boundMs);
    this.#at.door.send(daemon, { type: "answer", seq, result: { ok: null } });
  }

  /** Pids of what tools under way have made so far. */
  #made(ids: readonly string[]): readonly number[] {
    return ids.flatMap((id) => {
      const record = this.#at.records.get(id);
      return (record && processNamedIn(record.pidFile)?.pid) ?? [];
    });
  }

  #end(id: string): void {
    const init = this.#at.records.get(id)?.init;
    if (init) killGroupOf(init);
  }

  async #attach(request: AttachRequest): Promise<void> {
    const { attachId } = request;
    try {
      await this.#copies.begin(request);
      this.#at.dispatch({ type: "attached", attachId });
    } catch (error) {
      this.#at.dispatch({ type: "attachFailed", attachId, failure: toFailure(error) });
    }
  }

  async #handle({ daemon, seq, request }: Extract<Effect, { do: "handle" }>): Promise<void> {
    const { streams, door } = this.#at;
    const result = await streams.handle(request).then(
      (): Result => ({ ok: null }),
      (error: unknown): Result => ({ failed: toFailure(error) }),
    );
    door.send(daemon, { type: "answer", seq, result });
  }

  async #upgrade(): Promise<void> {
    const { places, program, lock, children, streams, logs, door } = this.#at;
    try {
      if (!(await logs.stop(LOG_STOP_MS)))
        throw new Unavailable(
          `the monitor cannot be upgraded now: a log has been taking a chunk for ${LOG_STOP_MS} ms`,
        );
      await door.flush(FLUSH_MS);
      handOver(places, program, {
        lock,
        pidfds: Object.fromEntries(children.pidfds),
        streams: streams.all,
      });
    } catch (error) {
      logs.resume();
      this.#at.dispatch({ type: "upgradeFailed", failure: toFailure(error) });
    }
  }

  async #leave(): Promise<void> {
    const { door, logs } = this.#at;
    door.unlink();
    await door.close(FLUSH_MS);
    this.#at.leave(await logs.stop(LOG_END_MS));
  }
}
