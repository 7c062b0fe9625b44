import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { profiler, type Profiler } from "../../../src/drivers/profiles/profiler.ts";

interface Node {
  readonly callFrame: { readonly functionName: string };
}
interface HeapNode extends Node {
  readonly children: readonly HeapNode[];
}
const heapNames = ({ callFrame, children }: HeapNode): readonly string[] => [
  callFrame.functionName,
  ...children.flatMap(heapNames),
];

const kept: string[][] = [];
function spendTime(): void {
  for (const until = Date.now() + 5; Date.now() < until;);
}
function keepMuch(): void {
  kept.push(Array.from({ length: 10_000 }, (_, index) => `a password, ${index}`));
}

describe("the profiler of a process", () => {
  let taking: Profiler;
  let work: NodeJS.Timeout;
  const never = new AbortController().signal;
  beforeEach(() => {
    taking = profiler();
    work = setInterval(() => {
      spendTime();
      keepMuch();
    }, 20);
  });
  afterEach(() => {
    clearInterval(work);
    kept.length = 0;
  });

  it("says in a CPU profile which function has spent the time", async () => {
    const profile = (await taking.take("cpu", 1, never)) as { nodes: readonly Node[]; samples: readonly number[] };
    assert.ok(profile.nodes.map(({ callFrame }) => callFrame.functionName).includes("spendTime"));
    assert.ok(profile.samples.length > 100);
  });

  it("says in a heap profile which function has allocated what is alive, and nothing of what that is", async () => {
    const profile = (await taking.take("heap", 1, never)) as { head: HeapNode };
    assert.ok(heapNames(profile.head).includes("keepMuch"));
    assert.doesNotMatch(JSON.stringify(profile), /a password/);
  });

  it("takes one at a time, and says which it is at", async () => {
    const first = taking.take("cpu", 1, never);
    const text = "a cpu profile of 1 s is being taken, and one at a time is enough: ask again when it is done";
    await assert.rejects(taking.take("heap", 1, never), { name: "NotAllowed", message: text });
    await first;
    await taking.take("heap", 1, never);
  });

  it("ends one that nobody waits for any more, and then takes the next", async () => {
    const left = new AbortController();
    const first = taking.take("cpu", 60, left.signal);
    setTimeout(() => left.abort(), 100);
    await assert.rejects(first, { name: "Cancelled" });
    await taking.take("cpu", 1, never);
    await assert.rejects(taking.take("cpu", 60, left.signal), { name: "Cancelled" });
  });

  for (const seconds of [0, 61, -1, 1.5, NaN])
    it(`takes no profile of ${seconds} seconds`, () =>
      assert.rejects(taking.take("cpu", seconds, never), {
        name: "Invalid",
        message: "a profile takes 1 to 60 whole seconds",
      }));
});
