import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseMemberships } from "../../../src/drivers/linux/cgroup-membership.ts";
import { bootId, monoMs, wallNs, wallTime } from "../../../src/drivers/linux/clock.ts";
import { tryLock } from "../../../src/drivers/linux/flock.ts";
import { countOomKills, counterFile, parentCounter, parseOomKills } from "../../../src/drivers/linux/oom-kills.ts";
import { fromWaitStatus } from "../../../src/drivers/linux/pidfd.ts";
import { parseStat } from "../../../src/drivers/linux/process.ts";

describe("/proc/PID/stat", () => {
  it("is read behind the name, which may hold anything", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 3)).join(" ");
    assert.deepEqual(parseStat(`17 (a) b (c) ${fields.replace("3 4", "Z 4")}`), {
      state: "Z",
      parent: 4,
      group: 5,
      startTicks: 22,
    });
  });
});

describe("/proc/PID/cgroup", () => {
  const cases = [
    { text: "0::/a/b\n", directories: ["/sys/fs/cgroup/a/b"] },
    { text: "0::/\n", directories: ["/sys/fs/cgroup"] },
    {
      text: "4:memory:/a\n3:cpu,cpuacct:/b\n1:name=systemd:/c:d\n0::/e\n",
      directories: [
        "/sys/fs/cgroup/memory/a",
        "/sys/fs/cgroup/cpu,cpuacct/b",
        "/sys/fs/cgroup/systemd/c:d",
        "/sys/fs/cgroup/unified/e",
      ],
    },
  ];
  for (const { text, directories } of cases)
    it(`gives ${directories.join(", ")}`, () => {
      assert.deepEqual(
        parseMemberships(text).map(({ directory }) => directory),
        directories,
      );
    });
});

describe("counters of out-of-memory kills", () => {
  it("are read from both versions' files", () => {
    assert.equal(parseOomKills("low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 0\n"), 2); // memory.events
    assert.equal(parseOomKills("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"), 1); // memory.oom_control
    assert.equal(parseOomKills("oom_kill_disable 0\nunder_oom 0\n"), undefined); // before Linux 4.13
  });

  it("of a cgroup that is gone count nothing, and its parent's stays", () => {
    const counter = { version: 2, directory: "/nosuch/scope" } as const;
    assert.equal(counterFile(counter), "/nosuch/scope/memory.events");
    assert.equal(countOomKills(counter), undefined);
    assert.equal(counterFile(parentCounter(counter)), "/nosuch/memory.events");
    const ofCrun = { version: 2, directory: "/pod.slice/troupe-1.scope/container" } as const;
    assert.equal(counterFile(parentCounter(ofCrun)), "/pod.slice/memory.events"); // its scope goes, too
  });
});

describe("wait status", () => {
  it("is a code or a signal, core dumped or not", () => {
    assert.deepEqual([0, 7 << 8, 9, 11 | 0x80].map(fromWaitStatus), [
      { code: 0 },
      { code: 7 },
      { signal: 9 },
      { signal: 11 },
    ]);
  });
});

describe("clocks", () => {
  it("go on, and agree with Node's", () => {
    const [before, mono] = [wallNs(), monoMs()];
    assert(Math.abs(Number(BigInt(before) / 1_000_000n) - Date.now()) < 1000);
    assert.match(before, /^\d{19}$/);
    assert(BigInt(wallNs()) >= BigInt(before) && monoMs() >= mono);
    assert(wallTime().nanoseconds < 1e9);
    assert.match(bootId(), /^[0-9a-f-]{36}$/);
  });
});

describe("locks", () => {
  it("are held by one, until released", () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-lock-"));
    const path = join(directory, "lock");
    const lock = tryLock(path);
    assert(lock);
    assert.equal(tryLock(path), undefined);
    lock.release();
    tryLock(path)?.release();
    rmSync(directory, { recursive: true });
  });
});
