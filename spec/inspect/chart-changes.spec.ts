/** What two versions of a chart do not have in common, where an actor stood. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesBetween, chartsApart } from "../../src/inspect/chart-changes.ts";
import { chartsNow, type Chart, type ChartEdge } from "../../src/inspect/charts.ts";
import { Tape } from "../support/tape.ts";

const chart = chartsNow().machines.container;
const at = { from: "stopping.waiting", event: "exited", to: "stopping.settling" };

const withEdges = (change: (edge: ChartEdge) => readonly ChartEdge[]): Chart => ({
  ...chart,
  edges: chart.edges.flatMap(change),
});

describe("a chart that has changed", () => {
  it("is told by the edges that only one of both has, by name, guard and actions", () => {
    const edge = chart.edges.find(({ from, event }) => at.from.startsWith(from) && event === "exited");
    assert.ok(edge, "a chart that takes what it waits for");
    const other = withEdges((one) => (one === edge ? [{ ...edge, guard: "willing", actions: ["wave"] }] : [one]));
    const [mine, others, ...more] = changesBetween(chart, other, at);
    assert.ok(mine?.startsWith(`only in the recording's chart: ${edge.name}`), String(mine));
    assert.equal(others, `only in this Troupe's chart: ${edge.name}, if willing, does wave`);
    assert.deepEqual(more, []);
  });

  it("is told by what a state does where one comes or goes", () => {
    const states = chart.states.map((one) => (one.path === at.from ? { ...one, entry: ["ring"] } : one));
    const [, now] = changesBetween(chart, { ...chart, states }, at);
    assert.match(now ?? "", /^in this Troupe's chart: the state stopping\.waiting: slot .*, entry ring, exit /);
  });

  it("has nothing to tell of what is elsewhere, and of itself", () => {
    const other = withEdges((one) => (one.from === "created" ? [] : [one]));
    assert.deepEqual(changesBetween(chart, other, at), []);
    assert.deepEqual(changesBetween(chart, chart, at), []);
  });
});

describe("a recording of other charts", () => {
  const charts = chartsNow();
  const ours = { sum: "ours", charts };
  const recordedUnder = (sum: string) => new Tape().records.map((one) => ({ ...one, charts: sum }));
  const about = { kind: "recording", format: 1, version: "1.0.0", records: 1, from: 0, to: 0, sum: "" } as const;

  it("is said to be one, with the machines that differ as far as it has them", () => {
    const theirs = { ...charts, machines: { ...charts.machines, container: withEdges(() => []) } };
    const saved = { records: recordedUnder("theirs"), charts: theirs, about: { ...about, charts: "theirs" } };
    assert.equal(
      chartsApart(saved, ours),
      "recorded under other charts (container) than this Troupe's: theirs, and here ours",
    );
    const ring = { records: recordedUnder("theirs") };
    assert.equal(chartsApart(ring, ours), "recorded under other charts than this Troupe's: theirs, and here ours");
    const savedByOther = { ...saved, about: { ...about, charts: "ours" } };
    assert.match(chartsApart(savedByOther, ours) ?? "", /^recorded under other charts than/);
  });

  it("is not said of one that was made under ours", () => {
    assert.equal(chartsApart({ records: recordedUnder("ours") }, ours), undefined);
  });
});
