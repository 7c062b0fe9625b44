import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCommand } from "../../../src/drivers/oci/command.ts";

const env = { PATH: "/usr/bin:/bin", ONLY: "this" };
const never = new AbortController().signal;

const statOf = (pid: string | undefined): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return ") Z ";
  }
};

describe("a short command", () => {
  let dir: string;
  let wordsFile: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-command-"));
    wordsFile = join(dir, "words");
  });
  after(() => rmSync(dir, { recursive: true }));

  it("gives its answer, its words and how it ended, and leaves no file", async () => {
    const argv = ["sh", "-c", "echo answer; echo words >&2; exit 3"] as const;
    const ended = await runCommand({ argv, env, wordsFile, answers: true }, never);
    assert.deepEqual(ended, { ok: false, how: "exit code 3", stdout: "answer", words: "words\n" });
    assert.equal(existsSync(wordsFile), false);
  });

  it("gets the environment that it is given and nothing of ours", async () => {
    const { stdout } = await runCommand({ argv: ["/usr/bin/env"], env, wordsFile, answers: true }, never);
    assert.deepEqual(stdout.split("\n").toSorted(), ["ONLY=this", "PATH=/usr/bin:/bin"]);
  });

  it("does not wait for what it leaves behind with its descriptors", async () => {
    const pid = join(dir, "pid");
    const argv = ["sh", "-c", `sleep 1000 & echo $! > ${pid}`] as const;
    assert.equal((await runCommand({ argv, env, wordsFile }, never)).ok, true);
    process.kill(Number(readFileSync(pid, "utf8")));
  });

  it("is ended with its children when it is called off, and is waited for", async () => {
    const pids = join(dir, "pids");
    const calledOff = new AbortController();
    const reason = new Error("called off");
    const argv = ["sh", "-c", `sleep 1000 & echo $! $$ > ${pids}.new; mv ${pids}.new ${pids}; wait`] as const;
    const running = runCommand({ argv, env, wordsFile, answers: true }, calledOff.signal);
    while (!existsSync(pids)) await new Promise(setImmediate);
    calledOff.abort(reason);
    await assert.rejects(running, reason);
    const [child, shell] = readFileSync(pids, "utf8").trim().split(" ");
    assert.equal(existsSync(`/proc/${shell}`), false);
    // Killed at the same moment, the orphan may take a little longer, and is a zombie until PID 1 has the time.
    while (!/\) [ZX] /.test(statOf(child))) await new Promise(setImmediate);
  });

  it("says so when it was ended by a signal", async () => {
    const ended = await runCommand({ argv: ["sh", "-c", "kill -9 $$"], env, wordsFile }, never);
    assert.deepEqual([ended.ok, ended.how], [false, "signal SIGKILL"]);
  });

  it("is Unavailable when there is no such program", async () => {
    await assert.rejects(runCommand({ argv: ["/no/such"], env, wordsFile }, never), {
      code: "Unavailable",
      message: "/no/such cannot be run: spawn /no/such ENOENT",
    });
  });
});
