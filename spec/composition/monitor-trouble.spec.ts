import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toldOnce } from "../../src/composition/monitor-trouble.ts";
import { Failed } from "../../src/errors.ts";

describe("a monitor that cannot be worked with", () => {
  it("is told once for each reason, and again after it was reached", async () => {
    const outcomes = ["another age", "another age", "nobody listens", undefined, "nobody listens"];
    const said: string[] = [];
    const connect = toldOnce(
      () => {
        const why = outcomes.shift();
        return why === undefined ? Promise.resolve(7) : Promise.reject(new Failed(why));
      },
      (text) => said.push(text),
    );
    await assert.rejects(connect, { code: "Failed", message: "another age" });
    await assert.rejects(connect);
    await assert.rejects(connect);
    assert.equal(await connect(), 7);
    await assert.rejects(connect);
    const sentence = (why: string): string =>
      `the monitor cannot be worked with: ${why}; containers that run are not affected`;
    assert.deepEqual(said, ["another age", "nobody listens", "nobody listens"].map(sentence));
  });
});
