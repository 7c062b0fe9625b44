/** What is taken of a recording begins with a whole state, and says of its part what the whole says of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryRing } from "../../src/fuzz/flight.ts";
import { excerptOf } from "../../src/inspect/excerpt.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { Picture } from "../../src/inspect/picture.ts";
import { podsCalled, podsIn, titleOf } from "../../src/inspect/pod-excerpt.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { Replayer } from "../../src/inspect/replay.ts";
import { kindOf, objectOf } from "../../src/vocabulary/index.ts";
import { isTransition, recorded, recordedText } from "../support/recorded-schedules.ts";

const pictured = (records: readonly FlightRecord[]): Picture => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  return picture;
};

/** All of a picture, but for what each actor took last. */
const told = ({ actors, calls, rpcs }: Picture): unknown => ({
  actors: [...actors.values()].map(({ last: _, crashed, state, ...actor }) => ({
    ...actor,
    state,
    crashed: state === null ? crashed : undefined,
  })),
  calls: [...calls.values()].map(({ since, n, by, begun }) => ({ since, n, by, begun })),
  rpcs: [...rpcs.values()].map(({ since, n, actor, work }) => ({ since, n, actor, work })),
});

const agree = (records: readonly FlightRecord[]): void => {
  const replayer = new Replayer();
  for (const record of records) replayer.apply(record);
  const { steps, agreed, unkeyed, first } = replayer.result;
  assert.equal(first, undefined);
  assert.deepEqual([agreed, unkeyed], [steps, 0]);
};

describe("an excerpt of a recording", () => {
  it("from any moment on begins with all that there was, and ends with all that there is", async () => {
    for (const seed of [5, 13, 14]) {
      const records = await recorded(seed);
      const whole = pictured(records);
      for (let at = 0; at <= 10; at++) {
        const since = records[Math.floor(((records.length - 1) * at) / 10)]?.wall ?? 0;
        const excerpt = excerptOf(records, { since });
        const before = pictured(records.slice(0, excerpt.before));
        const beginning = excerpt.records.slice(0, excerpt.records.length - (records.length - excerpt.before));
        if (excerpt.before > 0) assert.deepEqual(told(pictured(beginning)), told(before));
        assert.deepEqual(told(pictured(excerpt.records)), told(whole));
        agree(excerpt.records);
      }
    }
  });

  it("of a time in which nothing has happened has who is there all the same", async () => {
    const records = await recorded(3);
    const { records: taken, before } = excerptOf(records, { since: Infinity });
    assert.equal(before, records.length);
    assert.deepEqual(told(pictured(taken)), told(pictured(records)));
  });

  it("of a ring that has turned leaves out what came before all was said", async () => {
    const { records } = readLines(await recordedText(14, new MemoryRing(20_000, 3)));
    assert.equal((records[0] as { begun?: boolean }).begun, false);
    const excerpt = excerptOf(records, {});
    assert.ok(excerpt.before > 0 && excerpt.before < records.length / 4, `${excerpt.before} of ${records.length}`);
    assert.deepEqual(told(pictured(excerpt.records)), told(pictured(records)));
    agree(excerpt.records);
  });

  it("of a pod has its actors, the calls to them and by them, and nothing of others", async () => {
    const records = await recorded(13);
    const pods = podsIn(records);
    const [first] = pods;
    assert.ok(first && pods.length > 1, "a life in which a pod is made again");
    const { records: taken, others } = excerptOf(records, { pods: [first] });
    assert.ok(others > 0);
    const own = records.filter(
      (one) =>
        isTransition(one) &&
        pictured(records.slice(0, records.indexOf(one))).podOf((one as { actor: string }).actor) === first.id,
    );
    assert.deepEqual(taken.filter(isTransition), own);
    agree(taken);
    const text = JSON.stringify(taken);
    for (const { id } of pods) if (id !== first.id) assert.ok(!text.includes(id), `${id} is in it`);
    const calls = new Set(taken.flatMap((one) => (one.kind === "call" ? [objectOf(one.by)] : [])));
    assert.ok(calls.has(first.id));
    assert.ok(taken.some(({ kind }) => kind === "rpc") && taken.some(({ kind }) => kind === "answer"));
    assert.ok(!taken.some((one) => one.kind === "key" && kindOf(one.actor) === "image-pull"));
  });

  it("finds a pod by its name, with its namespace, or by how its id begins", async () => {
    const pods = podsIn(await recorded(13));
    const [first] = pods;
    assert.equal(titleOf(first ?? { id: "" }), "default/pod");
    for (const asked of ["pod", "default/pod"]) assert.equal(podsCalled(pods, asked).length, pods.length);
    assert.deepEqual(podsCalled(pods, first?.id.slice(0, 8) ?? "none"), [first]);
    assert.deepEqual(podsCalled(pods, "another"), []);
  });
});
