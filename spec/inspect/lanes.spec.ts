/** A pod's life as lanes: what has ended has an end, and what has not is open. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { causeOf, historyOf } from "../../src/inspect/happenings.ts";
import { lanesOf } from "../../src/inspect/lanes.ts";
import { Picture } from "../../src/inspect/picture.ts";
import type { FlightRecord, What } from "../../src/inspect/record.ts";

const key = { kind: "key", parent: "pod/p", incarnation: 1, since: 0, context: {} } as const;
const call = { kind: "call", driver: "runtime", id: "a", boundMs: 500, begun: true } as const;

const recordsOf = (told: readonly What[], cause = 1): readonly FlightRecord[] =>
  told.map((what, n): FlightRecord => ({ seq: n + 1, mono: n * 10, wall: 1000 + n * 10, cause, ...what }));

const life = recordsOf([
  { ...key, actor: "container/a", born: true, state: "running" },
  { ...key, actor: "container/z", parent: "pod/other", born: true, state: "running" },
  { kind: "rpc", n: 7, method: "StopContainer", deadline: 1500 },
  { kind: "step", actor: "container/a", event: { type: "stop" }, state: "stopping.asking", set: { deadline: 900 } },
  { kind: "waits", n: 7, actor: "container/a", work: 1 },
  { ...call, n: 1, by: "container/a", verb: "ask" },
  { kind: "ended", n: 1, ms: 10, failure: { code: "Failed", text: "no luck" } },
  { ...call, n: 2, by: "container/a", verb: "force" },
  { ...call, n: 3, by: "container/z", verb: "ask" },
]);

describe("the lanes of a pod", () => {
  it("have its actors alone, with bands, calls and clients that are open until they end", () => {
    const { lanes, rpcs, records } = lanesOf(new Picture(), life, "p");
    assert.deepEqual(
      lanes.map(({ actor }) => actor),
      ["container/a"],
    );
    const [lane] = lanes;
    assert.deepEqual(lane?.bands, [
      { state: "running", from: 0, to: 30 },
      { state: "stopping.asking", from: 30, event: "stop" },
    ]);
    assert.deepEqual(lane?.calls[0], { n: 1, name: "runtime.ask", from: 50, bound: 550, to: 60, failure: "no luck" });
    assert.equal(lane?.calls[1]?.to, undefined);
    assert.equal(lane?.deadline, 900);
    assert.deepEqual(rpcs, [{ n: 7, method: "StopContainer", from: 20, deadline: 500 }]);
    assert.ok(!records.some((record) => record.kind === "call" && record.n === 3));
    assert.deepEqual(
      records.map(({ seq }) => seq),
      [1, 3, 4, 5, 6, 7, 8],
    );
  });

  it("begin with what there was before the records that are kept", () => {
    const base = new Picture();
    for (const record of life.slice(0, 6)) base.apply(record);
    const [lane] = lanesOf(base, life.slice(6), "p").lanes;
    assert.equal(lane?.bands[0]?.from, 30);
    assert.equal(lane?.calls[0]?.failure, "no luck");
  });

  it("end with the daemon", () => {
    const opened = { kind: "opened", format: 1, version: "1", pid: 1, boot: "b", charts: "c", begun: true } as const;
    const { lanes, rpcs } = lanesOf(new Picture(), recordsOf([...life, opened]), "p");
    assert.equal(lanes[0]?.calls[1]?.to, 90);
    assert.equal(rpcs[0]?.to, 90);
  });
});

describe("a history", () => {
  it("tells a call in one line with its end, or every record by itself", () => {
    const { records } = lanesOf(new Picture(), life, "p");
    const compact = historyOf(records, true);
    assert.deepEqual(
      compact.map(({ what, detail }) => `${what}: ${detail}`),
      [
        "begins: running",
        "StopContainer: not answered",
        "stop: → stopping.asking",
        "runtime.ask: failed after 10 ms: no luck",
        "runtime.force: under way",
      ],
    );
    assert.equal(historyOf(records, false).length, records.length);
  });

  it("leads from a record to the first one of its cause, within one daemon's life", () => {
    assert.equal(causeOf(life, life[5]!).seq, 1);
    const outside = recordsOf([{ kind: "rpc", n: 1, method: "Status" }], 0);
    assert.equal(causeOf(outside, outside[0]!), outside[0]);
  });
});
