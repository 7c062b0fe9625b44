import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { monitorCondition, type Condition } from "../../src/composition/monitor-condition.ts";
import { Overdue } from "../../src/errors.ts";
import type { Looked } from "../../src/drivers/monitor/monitor.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("RuntimeReady, as far as the monitor is concerned", () => {
  const setUp = (): {
    ask: () => Condition;
    answer: () => Promise<void>;
    giveUp: () => Promise<void>;
    at: { pid: number | null; ms: number };
    questions: () => number;
  } => {
    const at: { pid: number | null; ms: number } = { pid: 5, ms: 1_000 };
    const open: ((looked: Looked | Promise<never>) => void)[] = [];
    let questions = 0;
    const look = (): Promise<Looked> => {
      questions++;
      return new Promise((resolve) => open.push(resolve));
    };
    const ask = monitorCondition(
      { monitor: { look }, clock: { monoMs: () => at.ms } },
      { pid: () => at.pid, explain: () => "monitor-link is connecting" },
    );
    const answer = async (): Promise<void> => {
      for (const resolve of open.splice(0)) resolve({ is: "gone" });
      await turn();
    };
    const giveUp = async (): Promise<void> => {
      for (const resolve of open.splice(0)) resolve(Promise.reject(new Overdue("no answer")));
      await turn();
    };
    return { ask, answer, giveUp, at, questions: () => questions };
  };

  it("is true while it answers, and asks it one question at a time", async () => {
    const { ask, answer, at, questions } = setUp();
    for (let n = 1; n <= 3; n++) {
      assert.ok(ask().ok);
      assert.ok(ask().ok);
      assert.equal(questions(), n);
      await answer();
      at.ms += 60_000; // nobody has asked meanwhile: that is no silence of the monitor's
    }
  });

  it("is false while a question stays unanswered, and true again with the answer", async () => {
    const { ask, answer, at } = setUp();
    assert.ok(ask().ok);
    at.ms += 5_000;
    const { ok, reason, message } = ask();
    assert.deepEqual([ok, reason], [false, "MonitorSilent"]);
    assert.match(message, /^the monitor, process 5, has left a question unanswered for 5\.0 s: .* do not kill it$/);
    await answer();
    assert.ok(ask().ok);
  });

  it("stays false when the driver gives the question up, until one is answered", async () => {
    const { ask, answer, giveUp, at, questions } = setUp();
    assert.ok(ask().ok);
    for (const seconds of ["5.0", "10.0"]) {
      await giveUp();
      at.ms += 5_000;
      assert.match(ask().message, new RegExp(`for ${seconds} s`));
    }
    assert.equal(questions(), 3);
    await answer();
    assert.ok(ask().ok);
  });

  it("is false without a connection, with what the link waits for; the next monitor is judged anew", () => {
    const { ask, at, questions } = setUp();
    assert.ok(ask().ok);
    at.pid = null;
    assert.deepEqual(ask(), {
      ok: false,
      reason: "MonitorUnreachable",
      message: "there is no connection to the monitor: monitor-link is connecting; running containers are not affected",
    });
    at.ms += 60_000;
    at.pid = 6;
    assert.ok(ask().ok);
    assert.equal(questions(), 2);
  });
});
