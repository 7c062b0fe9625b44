/** What a history tells of an actor, and of what a recording says twice. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compacted, Historian } from "../../src/inspect/history.ts";
import { containerOf, Tape } from "../support/tape.ts";

const container = `container/${containerOf("a1")}`;
const historyOf = ({ records }: Tape): Historian => {
  const historian = new Historian(new Set([container]));
  for (const record of records) historian.apply(record);
  return historian;
};
const toldOf = (historian: Historian): readonly string[] => historian.entries.map(({ text }) => text);
const call = {
  kind: "call",
  n: 1,
  by: container,
  driver: "runtime",
  verb: "kill",
  id: "c",
  boundMs: null,
  begun: true,
} as const;

const stopped = (): Tape => {
  const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" }).wait(5_000);
  tape.say({ kind: "rpc", n: 2, method: "StopContainer", agent: "kubelet" });
  tape.moved(container, "stopping.asking").say({ kind: "waits", n: 2, actor: container, work: 1 });
  tape
    .say(call)
    .wait(40)
    .say({ kind: "ended", n: 1, ms: 40, failure: { code: "Failed", text: "no such process" } });
  tape.moved(container, "stopping.waiting", {}, "xstate.error.actor.0.container.stopping.asking").wait(60);
  return tape.moved(container, "stopped", {}, "exited").say({ kind: "answer", n: 2, code: "OK", ms: 100 });
};

describe("a history", () => {
  it("has the steps, the calls with their failures, and the clients that waited", () => {
    assert.deepEqual(toldOf(historyOf(stopped())), [
      "begun: running",
      "running → stopping.asking (stop)",
      "StopContainer by kubelet waits for it",
      "runtime.kill failed: no such process",
      "stopping.asking → stopping.waiting (failed)",
      "stopping.waiting → stopped (exited)",
      "StopContainer answered OK",
    ]);
    assert.deepEqual(
      historyOf(stopped()).entries.map(({ ms }) => ms),
      [undefined, 5_000, undefined, 40, 40, 60, 100],
    );
  });

  it("has, compact, the phases with their time, and what failed", () => {
    const entries = compacted(historyOf(stopped()).entries);
    assert.deepEqual(
      entries.map(({ text, ms }) => [text, ms]),
      [
        ["begun: running", undefined],
        ["running → stopping", 5_000],
        ["StopContainer by kubelet waits for it", undefined],
        ["runtime.kill failed: no such process", 40],
        ["stopping → stopped", 100],
        ["StopContainer answered OK", 100],
      ],
    );
  });

  it("tells once what a later segment says anew, and since when a call has not ended", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
    const since = tape.mono;
    const asked = { kind: "rpc", n: 2, method: "StopContainer" } as const;
    tape.say(asked).say({ kind: "waits", n: 2, actor: container, work: 1 }).say(call).wait(5_000);
    tape.born(container, "running", { born: false, since });
    tape
      .say({ ...call, since })
      .say({ ...asked, since })
      .say({ kind: "waits", n: 2, actor: container, work: 1 });
    const historian = historyOf(tape);
    assert.deepEqual(toldOf(historian), ["begun: running", "StopContainer waits for it"]);
    assert.deepEqual(
      historian.underWay.map(({ verb, mono }) => [verb, mono]),
      [["kill", since]],
    );
  });

  it("tells where another daemon begins: what was under way is over", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" }).say(call).wait(1_000);
    tape.say({ ...new Tape().records[0], kind: "opened" } as never);
    const historian = historyOf(tape);
    assert.match(toldOf(historian).at(-1) ?? "", /^a daemon begins: 1\.0\.0, process 1$/);
    assert.deepEqual(historian.underWay, []);
  });
});
