/** A reader who comes late sees the same node as one who was there from the start. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { toldBeginningOf } from "../../src/inspect/beginning.ts";
import { begin } from "../../src/inspect/page/begin.ts";
import { Picture } from "../../src/inspect/picture.ts";
import type { FlightRecord, What } from "../../src/inspect/record.ts";

const history: readonly What[] = [
  { kind: "opened", format: 1, version: "1", pid: 1, boot: "b", charts: "c", begun: true },
  ...["a", "b", "c"].map((id): What => ({
    kind: "key",
    actor: `container/${id}`,
    parent: "pod/p",
    name: { namespace: "n", pod: "web", container: id },
    born: true,
    incarnation: 2,
    state: "running",
    since: 5,
    context: { id, tries: 1 },
  })),
  { kind: "step", actor: "container/a", event: { type: "stop" }, state: "stopping.waiting", set: { deadline: 99 } },
  { kind: "gone", actor: "container/b", how: "crashed", text: "a slip" },
  { kind: "gone", actor: "container/c", how: "quarantined", text: "too many slips" },
  { kind: "call", n: 1, by: "container/a", driver: "runtime", verb: "ask", id: "a", boundMs: 10, begun: false },
  { kind: "made", n: 1 },
  {
    kind: "call",
    n: 2,
    by: "container/a",
    driver: "clock",
    verb: "until",
    id: "a",
    boundMs: null,
    at: 50,
    begun: true,
  },
  { kind: "rpc", n: 1, method: "StopContainer", deadline: 77 },
  { kind: "waits", n: 1, actor: "container/a", work: 3 },
  { kind: "rpc", n: 2, method: "PullImage" },
  { kind: "rpc", n: 3, method: "CreateContainer", about: "p/app" },
  { kind: "answer", n: 3, code: "ResourceExhausted", ms: 5, text: "no space left" },
  { kind: "rpc", n: 4, method: "RunPodSandbox", about: "n/web" },
  { kind: "answer", n: 4, code: "Unavailable", ms: 5 },
  { kind: "said", level: "info", text: "hello" },
  { kind: "stalled", ms: 1200, stack: ["f"] },
  { kind: "lost", records: 4, why: { code: "Exhausted", text: "full" } },
];

it("a picture's beginning makes the same picture, and what follows goes on from it", () => {
  const records = history.map((what, n): FlightRecord => ({ seq: n + 1, mono: n, wall: 1000 + n, cause: 0, ...what }));
  const whole = new Picture();
  for (const record of records) whole.apply(record);
  const late = new Picture();
  begin(late, toldBeginningOf(whole), whole);
  const withoutLast = (picture: Picture) =>
    [...picture.actors].map(([id, { last: _, ...actor }]) => [id, { ...actor, crashed: actor.crashed ?? null }]);
  assert.deepEqual(withoutLast(late), withoutLast(whole));
  assert.deepEqual([...late.calls.keys()], [...whole.calls.keys()]);
  const { seq, mono } = whole;
  for (const [n, call] of whole.calls) assert.deepEqual(late.calls.get(n), { ...call, seq, mono });
  for (const [n, rpc] of whole.rpcs) assert.deepEqual(late.rpcs.get(n), { ...rpc, seq, mono });
  const told = ({ refusals, said, stalled }: Picture) => [
    refusals.list(),
    said.map(({ text }) => text),
    stalled?.stack,
  ];
  assert.deepEqual(told(late), told(whole));
  assert.deepEqual([late.gaps, late.lost, late.seq, late.mono], [0, 4, whole.seq, whole.mono]);
  late.apply({ ...records[0]!, kind: "made", n: 2, seq: whole.seq + 1 });
  assert.equal(late.gaps, 0);
});
