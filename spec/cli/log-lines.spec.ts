import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logLines } from "../../src/cli/log-lines.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the daemon's log", () => {
  it("is written once a turn, in order, and at the end whatever is left", async () => {
    const written: string[] = [];
    const log = logLines({ write: (text) => written.push(text), waiting: () => 0, lost: () => {} });
    log.write("one");
    log.write("two");
    assert.deepEqual(written, []);
    await turn();
    assert.deepEqual(written, ["one\ntwo\n"]);
    log.write("last");
    log.flush();
    await turn();
    assert.deepEqual(written, ["one\ntwo\n", "last\n"]);
  });

  it("keeps no more than its bound for a reader that has stopped, and says how much it lacks when it goes on", async () => {
    const written: string[] = [];
    const reader = { waiting: 0 };
    const log = logLines(
      {
        write: (text) => written.push(text),
        waiting: () => reader.waiting,
        lost: (lines) => log.write(`${lines} are missing`),
      },
      100,
    );
    reader.waiting = 101;
    for (const line of ["one", "two"]) {
      log.write(line);
      await turn();
    }
    assert.deepEqual(written, []);
    reader.waiting = 100;
    log.write("three");
    await turn();
    await turn();
    assert.deepEqual(written, ["three\n", "2 are missing\n"]);
  });
});
