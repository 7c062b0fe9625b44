import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inheritNothing } from "../../../src/drivers/linux/descriptor.ts";
import { statOf } from "../../../src/drivers/linux/process.ts";
import { run, type Program } from "../../../src/drivers/linux/run.ts";

const env = { PATH: "/usr/bin:/bin" };
const never = new AbortController().signal;
const both = { stdout: { keep: 4096 }, stderr: { keep: 4096 } } as const;
const shell = (script: string): Program => ({ argv: ["/bin/sh", "-c", script], env, ...both });

const until = async (is: () => boolean): Promise<void> => {
  while (!is()) await new Promise(setImmediate);
};
const numberIn = (file: string): number => (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0);
const openNow = (): number => readdirSync("/proc/self/fd").length;

describe("a short program", () => {
  let dir: string;
  before(() => {
    inheritNothing();
    dir = mkdtempSync(join(tmpdir(), "troupe-run-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  const said = async (script: string, signal = never): Promise<string> =>
    (await run(shell(script), signal)).stdout.bytes.toString();

  it("reads its input, and what it says on either stream is kept", async () => {
    const { end, stdout, stderr } = await run({ ...shell("cat; echo words >&2; exit 3"), input: "für dich" }, never);
    assert.deepEqual([end, stdout.bytes.toString(), stderr.bytes.toString()], [{ code: 3 }, "für dich", "words\n"]);
  });

  it("finds its stdin empty without an input", async () => {
    assert.equal(await said("cat; echo end"), "end\n");
  });

  it("is told by the name of the signal that ended it", async () => {
    for (const name of ["SIGKILL", "SIGABRT"])
      assert.deepEqual((await run(shell(`kill -${name.slice(3)} $$`), never)).end, { signal: name });
  });

  it("may say more than is kept, and goes on", async () => {
    const { end, stdout } = await run(shell("head -c 50000000 /dev/zero; echo on >&2; exit 4"), never);
    assert.deepEqual([end, stdout.bytes.length, stdout.cut], [{ code: 4 }, 4096, true]);
    assert.equal((await run(shell("head -c 4096 /dev/zero"), never)).stdout.cut, false);
  });

  it("that writes for ever fills nothing, and ends when it is called off", async () => {
    const calledOff = new AbortController();
    const before = process.memoryUsage().rss;
    setTimeout(() => calledOff.abort(), 300);
    const { end, stdout } = await run(shell("exec yes"), calledOff.signal);
    assert.deepEqual([end, stdout.bytes.length, stdout.cut], [{ signal: "SIGKILL" }, 4096, true]);
    assert.ok(process.memoryUsage().rss - before < 200 << 20);
  });

  it("has the signals of a program that nobody has touched, though Node ignores SIGPIPE", async () => {
    assert.match(readFileSync("/proc/self/status", "utf8"), /SigIgn:\t\w*1\w{3}\n/);
    const masks = await said("exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
    assert.equal(masks, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  });

  it("leads a session of its own in the root directory, and has no descriptor but its three", async () => {
    const [cwd, ...fields] = (await said("pwd; cut -d' ' -f1,5,6 /proc/$$/stat; ls /proc/self/fd")).split(/\s+/);
    assert.equal(cwd, "/");
    assert.deepEqual(fields.slice(0, 3), [fields[0], fields[0], fields[0]]);
    assert.deepEqual(fields.slice(3), ["0", "1", "2", "3", ""]); // 3 is the directory that ls lists
  });

  it("is looked for in its own PATH, not in ours", async () => {
    writeFileSync(join(dir, "only-here"), "#!/bin/sh\necho found\n", { mode: 0o755 });
    const program = { argv: ["only-here"], ...both } as const;
    assert.equal(
      (await run({ ...program, env: { PATH: `/nowhere:${dir}` } }, never)).stdout.bytes.toString(),
      "found\n",
    );
    await assert.rejects(run({ ...program, env }, never), { code: "ENOENT" });
    await assert.rejects(run({ ...program, env: {} }, never), { code: "ENOENT" });
  });

  it("that cannot be run is an error by its cause", async () => {
    const at = (name: string, content: string, mode: number): Program => {
      writeFileSync(join(dir, name), content, { mode });
      return { argv: [join(dir, name)], env, ...both };
    };
    await assert.rejects(run({ argv: ["/no/such"], env, ...both }, never), { code: "ENOENT", message: /\/no\/such/ });
    await assert.rejects(run(at("data", "#!/bin/sh\n", 0o644), never), { code: "EACCES" });
    await assert.rejects(run(at("garbage", "garbage\n", 0o755), never), { code: "ENOEXEC" });
    await assert.rejects(run(at("orphan", "#!/no/such\n", 0o755), never), { code: "ENOENT" });
    await assert.rejects(run(shell("echo a\0b"), never), { code: "EINVAL", message: /NUL/ });
  });

  it("is ended with all that it started when it is called off", async () => {
    const pid = join(dir, "child");
    const calledOff = new AbortController();
    const running = run(shell(`sleep 1000 & echo $! > ${pid}; wait`), calledOff.signal);
    await until(() => numberIn(pid) > 0);
    calledOff.abort();
    assert.deepEqual((await running).end, { signal: "SIGKILL" });
    await until(() => ["Z", "X", undefined].includes(statOf(numberIn(pid))?.state));
  });

  it("keeps its number for as long as its group may be killed by it", async () => {
    const pids = [join(dir, "leader"), join(dir, "left")] as const;
    const calledOff = new AbortController();
    const running = run(shell(`echo $$ > ${pids[0]}; sleep 1000 & echo $! > ${pids[1]}`), calledOff.signal);
    await until(() => statOf(numberIn(pids[0]))?.state === "Z");
    calledOff.abort();
    assert.deepEqual((await running).end, { code: 0 });
    assert.equal(statOf(numberIn(pids[0])), undefined);
    await until(() => ["Z", "X", undefined].includes(statOf(numberIn(pids[1]))?.state));
  });

  it("is not waited for long by its output, which what it left behind may hold", { timeout: 10_000 }, async () => {
    const pid = join(dir, "holder");
    assert.equal(await said(`sleep 1000 & echo $! > ${pid}; echo said`), "said\n");
    process.kill(numberIn(pid), "SIGKILL");
  });

  it("is not begun for who has given up before", async () => {
    const reason = new Error("too late");
    await assert.rejects(run(shell("exit 0"), AbortSignal.abort(reason)), reason);
  });

  it("runs beside many others, and leaves neither descriptor nor zombie, however it ends", async () => {
    const before = openNow();
    const calledOff = new AbortController();
    const programs = [shell("exit 1"), shell("exec sleep 1000"), { ...shell(""), argv: ["/no/such"] } as const];
    const all = Array.from({ length: 60 }, (_, at) => programs[at % 3] as Program);
    const ended = Promise.allSettled(all.map((program) => run(program, calledOff.signal)));
    setImmediate(() => calledOff.abort());
    const results = (await ended).map((result) => (result.status === "fulfilled" ? "ended" : result.reason.code));
    assert.deepEqual(
      results,
      all.map((_, at) => (at % 3 === 2 ? "ENOENT" : "ended")),
    );
    assert.equal(openNow(), before);
    assert.equal(readFileSync(`/proc/self/task/${process.pid}/children`, "utf8"), "");
  });
});
