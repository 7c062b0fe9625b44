import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { keptAnswers, questionTo } from "../../../src/drivers/linux/answers.ts";

describe("what programs said of themselves since the last boot", () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-answers-"));
    file = join(dir, "answers.json");
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const asked: string[] = [];
  const asking = (answer: string) => async () => {
    asked.push(answer);
    return answer;
  };
  beforeEach(() => void asked.splice(0));

  it("is asked once, and known to the next daemon", async () => {
    assert.equal(await keptAnswers(file).to("version of crun", asking("1.8.1")), "1.8.1");
    assert.equal(await keptAnswers(file).to("version of crun", asking("1.20")), "1.8.1");
    assert.deepEqual(asked, ["1.8.1"]);
  });

  it("is asked again where nothing was answered", async () => {
    const answers = keptAnswers(file);
    assert.equal(await answers.to("version", async () => undefined), undefined);
    await assert.rejects(
      answers.to("version", () => Promise.reject(new Error("it hangs"))),
      /it hangs/,
    );
    assert.equal(await answers.to("version", asking("2")), "2");
  });

  for (const damage of ["", '{"version":"1', "null", '"version"', '{"version":1}'])
    it(`is asked again where the file says ${JSON.stringify(damage)}, which is replaced`, async () => {
      writeFileSync(file, damage);
      assert.equal(await keptAnswers(file).to("version", asking("2")), "2");
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { version: "2" });
    });

  it("is asked each time where the file cannot be written", async () => {
    mkdirSync(file);
    assert.equal(await keptAnswers(file).to("version", asking("1")), "1");
    assert.equal(await keptAnswers(file).to("version", asking("2")), "2");
  });

  it("holds for the very program that said it", () => {
    const [path, other] = [join(dir, "crun"), join(dir, "crun.new")];
    copyFileSync("/bin/true", path);
    const question = questionTo(path, "--version");
    assert.ok(question);
    assert.equal(questionTo(path, "--version"), question);
    assert.notEqual(questionTo(path, "features"), question);
    copyFileSync("/bin/false", other);
    copyFileSync(other, path);
    assert.notEqual(questionTo(path, "--version"), question);
  });

  it("is never kept of a script, which may run another program by now, nor of what is not there", () => {
    const path = join(dir, "crun");
    assert.equal(questionTo(path, "--version"), undefined);
    writeFileSync(path, '#!/bin/sh\nexec /opt/crun "$@"\n', { mode: 0o755 });
    assert.equal(questionTo(path, "--version"), undefined);
  });
});
