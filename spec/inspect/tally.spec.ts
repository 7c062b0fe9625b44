/** Which edges a recorded step took, and how long states lasted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chartsNow } from "../../src/inspect/charts.ts";
import type { What } from "../../src/inspect/record.ts";
import { edgesTaken, Tally } from "../../src/inspect/tally.ts";

const { container, sandbox } = chartsNow().machines;
const namesOf = (...way: Parameters<typeof edgesTaken>): readonly string[] =>
  edgesTaken(...way).map(({ name }) => name);

describe("the edges of a step", () => {
  it("are one for an event that leads straight on", () => {
    assert.deepEqual(namesOf(container, "creating.intending", "done", "creating.mounting"), [
      "creating.intending --done-> creating.mounting",
    ]);
  });

  it("are several where what follows is taken at once", () => {
    const names = namesOf(sandbox, "creating.preparing", "done", "creating.attaching");
    assert.match(names[0] ?? "", /^creating\.preparing --done/);
    assert.match(names.at(-1) ?? "", /^creating\.furnishing --at once/);
  });

  it("begin at the outer state where that takes the event, and lead into the inner one", () => {
    assert.deepEqual(namesOf(container, "running", "stop", "stopping.intending"), ["running --stop-> stopping"]);
  });

  it("are none where no chart has such a way", () => {
    assert.deepEqual(namesOf(container, "running", "done", "choosing"), []);
  });
});

it("a state's mean counts visits that have ended", () => {
  const told: readonly What[] = [
    { kind: "key", actor: "container/a", born: true, incarnation: 1, state: "running", since: 0, context: {} },
    { kind: "step", actor: "container/a", event: { type: "stop" }, state: "stopping.intending" },
    { kind: "step", actor: "container/a", event: { type: "xstate.done.actor.x" }, state: "stopping.asking" },
  ];
  const tally = new Tally();
  for (const [n, what] of told.entries()) tally.apply({ seq: n + 1, mono: n * 100, wall: 0, cause: 1, ...what });
  assert.deepEqual(tally.states.get("container running"), { visits: 1, ended: 1, ms: 100 });
  assert.deepEqual(tally.states.get("container stopping.asking"), { visits: 1, ended: 0, ms: 0 });
  assert.equal(tally.edges.get("container: running --stop-> stopping"), 1);
  assert.equal(tally.states.get("container choosing")?.visits, 1); // it is born there, and goes on at once
});
