/** What two versions of a chart do not have in common, where an actor stood. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesBetween } from "../../src/inspect/chart-changes.ts";
import { chartsNow, type Chart, type ChartEdge } from "../../src/inspect/charts.ts";

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
