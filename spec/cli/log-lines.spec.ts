import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logLines } from "../../src/cli/log-lines.ts";

describe("the daemon's log", () => {
  it("is written once a turn, in order, and at the end whatever is left", async () => {
    const written: string[] = [];
    const log = logLines((text) => written.push(text));
    log.write("one");
    log.write("two");
    assert.deepEqual(written, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(written, ["one\ntwo\n"]);
    log.write("last");
    log.flush();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(written, ["one\ntwo\n", "last\n"]);
  });
});
