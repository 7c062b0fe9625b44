import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { clearEventfd, openEventfd, signalEventfd } from "../../../src/drivers/linux/eventfd.ts";
import { inheritNothing } from "../../../src/drivers/linux/descriptor.ts";
import { orphanExit } from "../../../src/drivers/linux/orphan-exit.ts";
import { exitOfReaped, hasEnded, openPidfd, openPidfdOf, signalPidfd } from "../../../src/drivers/linux/pidfd.ts";
import { openPipe } from "../../../src/drivers/linux/pipe.ts";
import { Readiness } from "../../../src/drivers/linux/poll.ts";
import { nameProcess, ownChildren, statOf } from "../../../src/drivers/linux/process.ts";
import { spawn } from "../../../src/drivers/linux/spawn.ts";
import { peekExit, reap, reapPid } from "../../../src/drivers/linux/waitid.ts";

let readiness: Readiness;
let nothing: number;

const sh = (script: string): number =>
  spawn({
    argv: ["/bin/sh", "-c", script],
    env: { PATH: "/bin:/usr/bin" },
    cwd: "/",
    stdio: [nothing, nothing, nothing],
  });
const readable = (fd: number): Promise<void> => new Promise((resolve) => readiness.readable(fd, resolve));

beforeEach(() => {
  readiness = new Readiness();
  nothing = openSync("/dev/null", "r+");
});

afterEach(() => {
  readiness.close();
  closeSync(nothing);
});

describe("waiting for descriptors", () => {
  it("lets promises go on at once, though koffi's callback runs no microtasks", async () => {
    const fd = openEventfd();
    const begun = performance.now();
    setTimeout(() => signalEventfd(fd), 5);
    const idle = setTimeout(() => {}, 2000); // what would drain them otherwise
    await readable(fd);
    await Promise.resolve();
    assert(performance.now() - begun < 1000);
    clearTimeout(idle);
    readiness.forget(fd);
    closeSync(fd);
  });

  it("calls back once, however long the descriptor stays readable", async () => {
    const { read, write } = openPipe();
    let calls = 0;
    readiness.readable(read, () => {
      calls += 1;
    });
    writeSync(write, "x");
    const before = process.cpuUsage();
    await sleep(100);
    assert.equal(calls, 1);
    assert(process.cpuUsage(before).user < 90_000);
    await readable(read); // asked again, it tells again
    for (const fd of [read, write]) closeSync(fd);
  });

  it("forgets, and may be closed twice with waits under way", async () => {
    const [forgotten, open] = [openEventfd(), openEventfd()];
    readiness.readable(forgotten, () => assert.fail("was forgotten"));
    readiness.readable(open, () => assert.fail("was closed"));
    readiness.forget(forgotten);
    signalEventfd(forgotten);
    await sleep(20);
    signalEventfd(open);
    readiness.close();
    readiness.close();
    await sleep(20);
    for (const fd of [forgotten, open]) closeSync(fd);
  });

  it("tells of many descriptors at once", async () => {
    const fds = Array.from({ length: 200 }, openEventfd);
    const all = Promise.all(fds.map(readable));
    for (const fd of fds) signalEventfd(fd);
    await all;
    for (const fd of fds) {
      clearEventfd(fd);
      readiness.forget(fd);
      closeSync(fd);
    }
  });

  it("ends the program well with a wait under way", () => {
    const program = `
      import { Readiness } from ${JSON.stringify(new URL("../../../src/drivers/linux/poll.ts", import.meta.url))};
      import { openEventfd } from ${JSON.stringify(new URL("../../../src/drivers/linux/eventfd.ts", import.meta.url))};
      new Readiness().readable(openEventfd(), () => {});
      process.exit(7);`;
    assert.throws(() => execFileSync(process.execPath, ["--input-type=module", "-e", program]), { status: 7 });
  });
});

describe("ends of processes", () => {
  it("are peeked at as often as one likes, and reaped once", async () => {
    const pid = sh("exit 7");
    const pidfd = openPidfd(pid);
    await readable(pidfd);
    assert.deepEqual([peekExit(pidfd), peekExit(pidfd)], [{ code: 7 }, { code: 7 }]);
    assert.equal(statOf(pid)?.state, "Z");
    assert(ownChildren().includes(pid));
    assert.deepEqual(reap(pidfd), { code: 7 });
    assert.equal(peekExit(pidfd), "foreign");
    assert.equal(statOf(pid), undefined);
    closeSync(pidfd);
  });

  it("by a signal are told from codes", async () => {
    const pid = sh("sleep 60");
    const pidfd = openPidfd(pid);
    assert.equal(peekExit(pidfd), "running");
    assert.equal(hasEnded(pidfd), false);
    signalPidfd(pidfd, 15);
    await readable(pidfd);
    assert.equal(hasEnded(pidfd), true);
    assert.deepEqual(reapPid(pid), { signal: 15 });
    signalPidfd(pidfd, 15); // nobody is there any more: fine
    closeSync(pidfd);
  });

  it("are not mixed up when a pid is used again", () => {
    const own = nameProcess(process.pid);
    assert(own);
    const pidfd = openPidfdOf(own);
    assert(pidfd !== undefined);
    closeSync(pidfd);
    assert.equal(openPidfdOf({ ...own, startTicks: own.startTicks - 1 }), undefined);
    assert.equal(openPidfdOf({ pid: 2 ** 22 - 1, startTicks: 1 }), undefined);
  });

  it("of others are known as soon as they have been reaped", async (test) => {
    const pid = sh("exit 9");
    const pidfd = openPidfd(pid);
    await readable(pidfd);
    if (exitOfReaped(pidfd) === "untold") return test.skip("this kernel tells only parents (before Linux 6.15)");
    assert.equal(exitOfReaped(pidfd), "unreaped");
    const known = orphanExit(readiness, pidfd);
    setImmediate(() => reap(pidfd));
    assert.deepEqual(await known, { code: 9 });
    closeSync(pidfd);
  });

  it("that no parent reaps are unknown, with the reason, after the bound", async () => {
    const pid = sh("exit 9");
    const pidfd = openPidfd(pid);
    await readable(pidfd);
    const exit = await orphanExit(readiness, pidfd, 60);
    assert("unknown" in exit);
    assert.match(exit.unknown, /not a child of the monitor/);
    reap(pidfd);
    closeSync(pidfd);
  });
});

describe("spawned programs", () => {
  it("lead a session of their own and have no descriptor but their three", async () => {
    inheritNothing();
    const { read, write } = openPipe();
    const script = "ls /proc/self/fd | tr '\\n' ' '; cut -d' ' -f5,6 /proc/$$/stat";
    const pid = spawn({
      argv: ["/bin/sh", "-c", script],
      env: { PATH: "/bin:/usr/bin" },
      cwd: "/proc",
      stdio: [nothing, write, nothing],
    });
    closeSync(write);
    const pidfd = openPidfd(pid);
    await readable(pidfd);
    reap(pidfd);
    assert.equal(readFileSync(read, "utf8"), `0 1 2 3 ${pid} ${pid}\n`); // 3 is the directory that ls lists
    for (const fd of [read, pidfd]) closeSync(fd);
  });

  it("that cannot be run are an error with the program's name", () => {
    const request = { argv: ["/nosuch"] as const, env: {}, cwd: "/", stdio: [nothing, nothing, nothing] as const };
    assert.throws(() => spawn(request), { code: "ENOENT", message: /posix_spawn \/nosuch in \// });
    assert.throws(() => spawn({ ...request, argv: ["/bin/true"], cwd: "/nosuch" }), { code: "ENOENT" });
  });
});
