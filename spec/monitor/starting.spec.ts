import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { wordsOf } from "../../src/monitor/starting.ts";

const log = (msg: string): string => `${JSON.stringify({ level: "error", msg, time: "" })}\n`;

describe("the words of a failed OCI runtime", () => {
  it("are its log's, once, though it says them on stderr too", () => {
    assert.equal(wordsOf(log("no such file"), "no such file\n"), "no such file");
  });

  it("come with what else was said: a hook's complaint", () => {
    assert.equal(
      wordsOf(log("error executing hook"), "hook: no GPU\n\n"),
      "error executing hook; it said: hook: no GPU",
    );
  });

  it("are those on stderr where it logged none", () => {
    assert.equal(
      wordsOf("", "crun: error while loading shared libraries\n"),
      "crun: error while loading shared libraries",
    );
    assert.equal(wordsOf("", ""), "");
  });

  it("are bounded", () => {
    assert.equal(wordsOf("", "x".repeat(10_000)).length, 2000);
  });
});
