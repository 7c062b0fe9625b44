/**
 * What the flight recorder writes, held against what was: schedules with all their faults and deaths are recorded, and their
 * recordings say the same as the daemon that lived them, at each moment and in each transition.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Flight, MemoryRing } from "../../src/fuzz/flight.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { explainedIn, restlessIn } from "../../src/inspect/explained.ts";
import { kept } from "../../src/inspect/decision-data.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { Picture } from "../../src/inspect/picture.ts";
import { Replayer } from "../../src/inspect/replay.ts";
import { pathOf } from "../../src/machines/path.ts";
import type { System } from "../../src/supervisors/system.ts";
import { tick } from "../../scripts/sim/tick.ts";

/** Small enough that a schedule's recording turns some ten times. */
const SEGMENT_BYTES = 20_000;
const SEGMENTS = 3;

const SCHEDULES = 100;
const from = (first: number): readonly number[] => Array.from({ length: SCHEDULES }, (_, n) => first + n);

interface Snapshot {
  readonly status: string;
  readonly value: unknown;
  readonly context: object;
}

/** As JSON has it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

const actorsOf = (system: System): unknown =>
  plain(
    Object.fromEntries(
      system
        .actors()
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .map((ref) => {
          const { status, value, context } = ref.getSnapshot() as Snapshot;
          const lives = status === "active";
          return [ref.id, lives ? { state: pathOf(value), context: kept(ref.id, context) } : { state: null }];
        }),
    ),
  );

const pictured = ({ actors }: Picture): unknown =>
  plain(
    Object.fromEntries(
      [...actors.values()]
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .map(({ id, state, context }) => [id, state === null ? { state } : { state, context: kept(id, context) }]),
    ),
  );

const callsOf = (system: System): unknown =>
  system.door
    .openCalls()
    .map(({ n, call: { by, driver, verb, boundMs }, since, begun }) => ({ n, by, driver, verb, boundMs, since, begun }))
    .toSorted((one, other) => one.n - other.n);

const picturedCalls = ({ calls }: Picture): unknown =>
  [...calls.values()]
    .map(({ n, by, driver, verb, boundMs, since, begun }) => ({ n, by, driver, verb, boundMs, since, begun }))
    .toSorted((one, other) => one.n - other.n);

/** Reads a ring as it grows. */
class Reader {
  readonly picture = new Picture();
  readonly replayer = new Replayer();
  damaged = 0;

  read(lines: string): void {
    const { records, damaged } = readLines(lines);
    this.damaged += damaged;
    for (const record of records) {
      this.picture.apply(record);
      this.replayer.apply(record);
    }
  }
}

/** A ring that is read as it is written. */
class ReadRing extends MemoryRing {
  readonly reader = new Reader();
  override append(lines: string): boolean {
    this.reader.read(lines);
    return super.append(lines);
  }
}

const compare = (picture: Picture, system: System): void => {
  assert.deepEqual(picturedCalls(picture), callsOf(system));
  assert.deepEqual(pictured(picture), actorsOf(system));
  for (const { id } of system.actors())
    assert.deepEqual(plain(explainedIn(picture, id)), plain(system.explainer.explain(id)), id);
  assert.deepEqual(restlessIn(picture).toSorted(), system.explainer.restless().toSorted());
};

describe("a recording", () => {
  const flight = new Flight({ version: "1.0.0", charts: "sum" });
  const stage = setStage(flight.watch);
  stage.flight = flight;

  /** Runs fixed seeds over rings that `ringOf` makes, and calls `look` at every `nth` moment. */
  const run = async <R extends MemoryRing>(
    seeds: readonly number[],
    ringOf: () => R,
    nth: number,
    look: (ring: R, system: System) => void,
    after: (ring: R) => void,
  ): Promise<number> => {
    let moments = 0;
    for (const seed of seeds) {
      const ring = ringOf();
      flight.begin(ring);
      flight.handled = (system) => {
        // A daemon whose root has failed ends in this very moment.
        if (system.stateOf("daemon") !== undefined && moments++ % nth === 0) look(ring, system);
      };
      const { findings } = await rehearse({ seed }, { stage, tick });
      assert.deepEqual(findings, [], `seed ${seed}`);
      after(ring);
    }
    return moments;
  };

  it("says at each moment what the daemon would, and runs again to the same ends", async (test: TestContext) => {
    let steps = 0;
    const moments = await run(
      from(1),
      () => new ReadRing(),
      13,
      ({ reader }, system) => compare(reader.picture, system),
      ({ reader: { picture, replayer } }) => {
        const { result } = replayer;
        assert.deepEqual(result.first, undefined);
        assert.deepEqual([result.agreed, result.unkeyed, picture.gaps], [result.steps, 0, 0]);
        steps += result.steps;
      },
    );
    test.diagnostic(`${steps} transitions, ${moments} moments`);
  });

  it("of which the oldest has gone says the same", async (test: TestContext) => {
    let steps = 0;
    const read = (ring: MemoryRing): Reader => {
      const reader = new Reader();
      reader.read(ring.text);
      const { result } = reader.replayer;
      assert.deepEqual(result.first, undefined);
      assert.deepEqual([result.agreed, result.unkeyed, reader.picture.gaps], [result.steps, 0, 0]);
      steps += result.steps;
      return reader;
    };
    const look = (ring: MemoryRing, system: System): void => compare(read(ring).picture, system);
    await run(from(1 + SCHEDULES), () => new MemoryRing(SEGMENT_BYTES, SEGMENTS), 61, look, read);
    test.diagnostic(`${steps} transitions`);
  });
});
