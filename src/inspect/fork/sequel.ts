/** The records of a fork, as a daemon writes them: they go on from the numbers of the recording that it leaves. */
import type { Call } from "../../actors/calls.ts";
import { Invalid } from "../../errors.ts";
import type { OpenCall } from "../../supervisors/door.ts";
import { kindOf, objectOf, sandboxActorId, type MonoMs } from "../../vocabulary/index.ts";
import type { Picture, PicturedCall } from "../picture.ts";
import type { FlightRecord, Name } from "../record.ts";
import { Recorder } from "../recorder.ts";

/** Where a recording is left, and with which pod. */
export interface Leaving {
  readonly picture: Picture;
  /** The actor of the pod. */
  readonly pod: string;
  /** The highest numbers that the recording gives to causes and calls. */
  readonly causes: number;
  readonly calls: number;
}

interface Now {
  readonly now: () => MonoMs;
  readonly cause: () => number;
}

/** A part that is born in the fork is of the pod, too. */
const nameIn = (picture: Picture, actor: string): Name | undefined =>
  picture.actors.get(actor)?.name ??
  (kindOf(actor) === "attachment" ? picture.actors.get(sandboxActorId(objectOf(actor)))?.name : undefined);

export class Sequel {
  readonly recorder: Recorder;
  readonly records: FlightRecord[] = [];
  readonly #leaving: Leaving;
  /** Calls of the recording that were under way, by the numbers that the fork's own door gave them. */
  readonly #takenUp = new Map<number, PicturedCall>();
  readonly #before: PicturedCall[];
  /** What is said before is in the recording already. */
  #begun = false;
  #expected: PicturedCall | undefined;

  constructor(leaving: Leaving, { now, cause }: Now) {
    const { picture } = leaving;
    this.#leaving = leaving;
    this.#before = [...picture.calls.values()];
    const { version = "", pid = 0, boot = "", charts = "" } = picture.daemon ?? {};
    this.recorder = new Recorder({
      ring: { health: { failures: 0 }, append: (lines) => this.#keep(lines) },
      now,
      wallMs: () => Math.round(picture.wall + (now() - picture.mono)),
      // The recorder is there before the door that it asks.
      cause: () => (this.#begun ? cause() : 0),
      nameOf: (actor) => nameIn(picture, actor),
      daemon: { version, pid, boot, charts },
      after: picture.seq,
    });
  }

  #keep(lines: string): false {
    if (!this.#begun) return false;
    for (const line of lines.trimEnd().split("\n")) {
      const record = JSON.parse(line) as FlightRecord;
      const seq = this.#leaving.picture.seq + this.records.length + 1;
      this.records.push({ ...record, seq, cause: record.cause && record.cause + this.#leaving.causes });
    }
    return false;
  }

  /** From here on what happens is the fork's own. */
  begin(): void {
    this.#begun = true;
    // Whoever had gone behind whom it waited for is made at once.
    for (const { n, begun } of this.#takenUp.values()) if (!begun) this.recorder.noteOutside({ kind: "made", n });
  }

  say(level: "info" | "error", text: string): void {
    this.recorder.noteOutside({ kind: "said", level, text });
  }

  /** The call of the recording that is begun again as this one. */
  takeUp({ by, driver, verb }: Call): PicturedCall {
    const place = this.#before.findIndex((call) => call.by === by && call.driver === driver && call.verb === verb);
    const [found] = place < 0 ? [] : this.#before.splice(place, 1);
    if (!found) throw new Invalid(`${by} waits for ${driver}.${verb}, and the recording has another call of it`);
    this.#expected = found;
    return found;
  }

  /** By which records have it. */
  numberOf({ n }: OpenCall): number {
    if (this.#expected) this.#takenUp.set(n, this.#expected);
    this.#expected = undefined;
    return this.#takenUp.get(n)?.n ?? this.#leaving.calls + n;
  }
}
