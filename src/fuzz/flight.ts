/**
 * Records a schedule as a daemon records its life: the real recorder over a ring in memory, which outlives the daemon as /run
 * does. So a schedule can be looked at like a node, and what is written can be held against what was.
 */
import type { AnyActorLogic } from "xstate";
import { namesIn, recordedCalls } from "../composition/flight.ts";
import { recordedBy, watchingGuards } from "../composition/recorded-system.ts";
import type { FlightRecord, Opened } from "../inspect/record.ts";
import { Recorder, type Ring } from "../inspect/recorder.ts";
import type { Books } from "../supervisors/books.ts";
import type { System, SystemEvents } from "../supervisors/system.ts";
import type { Node } from "./world/node.ts";

/** Text in segments, of which the oldest go. */
export class MemoryRing implements Ring {
  readonly health = { failures: 0 };
  readonly #segmentBytes: number;
  readonly #most: number;
  #segments: string[][] = [[]];
  #bytes = 0;

  /** By default nothing goes. */
  constructor(segmentBytes = Infinity, most = Infinity) {
    this.#segmentBytes = segmentBytes;
    this.#most = most;
  }

  append(lines: string): boolean {
    this.#segments.at(-1)?.push(lines);
    this.#bytes += lines.length;
    if (this.#bytes < this.#segmentBytes) return false;
    this.#segments.push([]);
    if (this.#segments.length > this.#most) this.#segments.shift();
    this.#bytes = 0;
    return true;
  }

  /** All that is left, oldest first. */
  get text(): string {
    return this.#segments.flat().join("");
  }
}

/** The daemon that is recorded. */
interface Recorded {
  readonly life: number;
  readonly alive: boolean;
  readonly books: Books;
  /** Undefined before it has begun. */
  readonly system: System | undefined;
}

export class Flight {
  ring = new MemoryRing();
  /** Told when something has been handled, and written down. */
  handled: ((system: System) => void) | undefined;
  readonly #program: Pick<Opened, "version" | "charts">;
  /** The last record that was written. */
  #last: FlightRecord | undefined;
  #recorder: Recorder | undefined;
  #calls: ReturnType<typeof recordedCalls> | undefined;

  constructor(program: Pick<Opened, "version" | "charts">) {
    this.#program = program;
  }

  /** A schedule begins, and knows of none before. */
  begin(ring = new MemoryRing()): void {
    this.ring = ring;
    this.#last = undefined;
    this.#recorder = undefined;
    this.#calls = undefined;
  }

  /** What clients ask of the daemon that lives. */
  get calls(): ReturnType<typeof recordedCalls> | undefined {
    return this.#calls;
  }

  /** To be given to `setStage`: guards are recorded that say no. */
  readonly watch = (kind: string, logic: AnyActorLogic): AnyActorLogic =>
    watchingGuards((actor, guard) => this.#recorder?.refuse(actor, guard))(kind, logic);

  /** What befalls the node, in the daemon's words for want of others. */
  say(text: string): void {
    this.#recorder?.noteOutside({ kind: "said", level: "debug", text });
  }

  /** What the schedule has found, told after its last daemon. */
  conclude(findings: readonly string[]): void {
    for (const text of findings) {
      const { seq = 0, mono = 0, wall = 0 } = this.#last ?? {};
      const found: FlightRecord = { seq: seq + 1, mono, wall, cause: 0, kind: "said", level: "error", text };
      this.#last = found;
      this.ring.append(`${JSON.stringify(found)}\n`);
    }
  }

  /** A daemon begins: `events` are what others hear of it, and it is recorded as well. */
  over(node: Node, daemon: Recorded, events: SystemEvents): SystemEvents {
    const recorder = new Recorder({
      ring: this.#ringOf(daemon),
      now: () => node.timers.now,
      wallMs: () => node.wallMs(),
      cause: () => daemon.system?.door.cause ?? 0,
      nameOf: namesIn(daemon.books, () => undefined),
      daemon: { ...this.#program, pid: daemon.life, boot: String(node.boot) },
      after: this.#last?.seq ?? 0,
    });
    this.#recorder = recorder;
    this.#calls = recordedCalls(recorder);
    const recorded = recordedBy(recorder);
    return {
      ...events,
      ...recorded,
      called: (open) => {
        recorded.called(open);
        events.called?.(open);
      },
      ended: (open, outcome, ms) => {
        recorded.ended(open, outcome, ms);
        events.ended?.(open, outcome, ms);
      },
      crashed: (actor, error) => {
        recorded.crashed(actor, error);
        events.crashed(actor, error);
      },
      quarantined: (actor, reason) => {
        recorded.quarantined(actor, reason);
        events.quarantined(actor, reason);
      },
      // A schedule has done with it, while a real one has yet to end.
      closed: () => {
        recorder.flush();
        events.closed();
      },
      handled: () => {
        recorded.handled();
        if (daemon.alive && daemon.system) this.handled?.(daemon.system);
      },
    };
  }

  /** Whoever is dead writes nothing: what it had not written is lost. */
  #ringOf(daemon: Recorded): Ring {
    const { ring } = this;
    const append = (lines: string): boolean => {
      if (!daemon.alive) return false;
      this.#last = lastOf(lines);
      return ring.append(lines);
    };
    return { health: ring.health, append };
  }
}

const lastOf = (lines: string): FlightRecord =>
  JSON.parse(lines.slice(lines.lastIndexOf("\n", lines.length - 2) + 1)) as FlightRecord;
