import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connection } from "../../../src/drivers/monitor/connection.ts";
import { Questions } from "../../../src/drivers/monitor/questions.ts";
import { Exhausted } from "../../../src/errors.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";

describe("questions to the monitor", () => {
  it("that it is too far behind for are counted, over all its connections", async () => {
    const questions = new Questions({ upgrading: () => undefined });
    const connection = {
      queuedBytes: 17,
      ask: () => Promise.reject(new Exhausted("the monitor is behind")),
      close: () => {},
    } as unknown as Connection;
    const ask = () => questions.ask({ verb: "look", id: "c" as ContainerId });
    assert.deepEqual(questions.queue, { length: 0, bound: 1 << 24, refused: 0 });
    for (let lives = 0; lives < 2; lives++) {
      questions.goOnBy(connection, Infinity);
      await assert.rejects(ask(), { code: "Exhausted" });
    }
    assert.deepEqual(questions.queue, { length: 17, bound: 1 << 24, refused: 2 });
    questions.stop();
    await assert.rejects(ask(), { code: "Unavailable" });
    assert.deepEqual(questions.queue, { length: 0, bound: 1 << 24, refused: 2 });
  });
});
