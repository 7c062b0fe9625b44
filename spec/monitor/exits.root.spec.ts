import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { closeSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFifo, openToRead } from "../../src/drivers/linux/fifo.ts";
import { statOf } from "../../src/drivers/linux/process.ts";
import { TroupeError } from "../../src/errors.ts";
import type { Exit } from "../../src/vocabulary/index.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { daemonIn, gone, makeRunDir, removeDirs, type Daemon } from "./support/daemon.ts";
import { PlainContainer, type RuntimeName } from "./support/plain-container.ts";

const runtimes: readonly RuntimeName[] = ["crun", "runc"];
const MEMORY_BYTES = 16 * 1024 * 1024;

describe("the monitor as the parent of containers", inTestNode, () => {
  let runDir: string;
  let scratch: string;
  let daemon: Daemon;
  let pid: number;

  beforeEach(async () => {
    runDir = makeRunDir();
    scratch = makeRunDir();
    daemon = daemonIn(runDir);
    ({ pid } = await daemon.link.connect(daemon.listener));
  });

  afterEach(async () => {
    daemon.link.close();
    await gone(pid);
    assert.deepEqual(readdirSync(runDir).toSorted(), ["exits", "monitor.lock", "monitor.log"]);
    assert.deepEqual(readdirSync(join(runDir, "exits")), []);
    assert.equal(readFileSync(join(runDir, "monitor.log"), "utf8"), "");
    assert.deepEqual(cgroupsNamed("troupe-monitor"), []);
    removeDirs(runDir, scratch);
  });

  const run = async (container: PlainContainer): Promise<Exit> => {
    await daemon.link.create(container.request);
    container.start();
    return daemon.exitOf(container.id);
  };

  const putAway = async (container: PlainContainer): Promise<void> => {
    await daemon.link.acknowledge(container.id);
    container.delete();
    await daemon.link.forget(container.id);
  };

  for (const runtime of runtimes) {
    it(`tells exit codes and signals of ${runtime}'s containers`, async () => {
      const cases = [
        { command: ["true"], end: { code: 0 } },
        { command: ["sh", "-c", "exit 7"], end: { code: 7 } },
        { command: ["sh", "-c", "kill -9 $$; sleep 9"], end: undefined }, // an init ignores its own SIGKILL
      ];
      for (const { command, end } of cases) {
        const container = new PlainContainer(scratch, { command, runtime });
        if (!end) {
          await daemon.link.create(container.request);
          container.start();
          container.kill("KILL");
        }
        const exit = end ? await run(container) : await daemon.exitOf(container.id);
        const { at, ...rest } = exit;
        assert.match(at, /^\d{19}$/);
        assert.deepEqual(rest, { oomKilled: false, ...(end ?? { signal: 9 }) });
        await putAway(container);
      }
    });

    it(`gives ${runtime}'s own words for a create that fails, and keeps nothing of it`, async () => {
      const container = new PlainContainer(scratch, { command: ["/nosuch"], runtime });
      await assert.rejects(daemon.link.create(container.request), (error: unknown) => {
        assert(error instanceof TroupeError);
        assert.equal(error.code, "Invalid");
        assert.match(error.message, /^could not create container "[0-9a-f]{12}": .*\/nosuch/);
        return true;
      });
      assert.equal(existsSync(join(runDir, "monitor", container.id)), false);
      assert.equal(existsSync(container.logPath), false);
      assert.deepEqual(await daemon.link.look(container.id, undefined), { is: "gone" });
      container.delete();
    });
  }

  it("sees that the kernel killed for memory", async () => {
    const hog = "a=x; while :; do a=$a$a; done";
    const container = new PlainContainer(scratch, { command: ["sh", "-c", hog], memoryBytes: MEMORY_BYTES });
    const { at: _, ...exit } = await run(container);
    assert.deepEqual(exit, { oomKilled: true, signal: 9 });
    await putAway(container);
  });

  it("tells a container that was killed for memory from its sibling that was not", async () => {
    const hog = new PlainContainer(scratch, {
      command: ["sh", "-c", "sh -c 'a=x; while :; do a=$a$a; done'; exit 3"],
      memoryBytes: MEMORY_BYTES,
    });
    const sibling = new PlainContainer(scratch, { command: ["sh", "-c", "exit 3"], memoryBytes: MEMORY_BYTES });
    const [{ at: _, ...killed }, { at: __, ...spared }] = [await run(hog), await run(sibling)];
    assert.deepEqual(killed, { oomKilled: true, code: 3 }); // a child of its was, not its init
    assert.deepEqual(spared, { oomKilled: false, code: 3 });
    await putAway(hog);
    await putAway(sibling);
  });

  it("kills a create that overruns its bound, with all that it started", async () => {
    const container = new PlainContainer(scratch, { command: ["true"] });
    const request = { ...container.request, argv: ["/bin/sh", "-c", "sleep 60 & sleep 60"] as const, boundMs: 50 };
    await assert.rejects(daemon.link.create(request), {
      code: "Overdue",
      message: /was not done after 50 ms and was killed/,
    });
    assert.equal(existsSync(join(runDir, "monitor", container.id)), false);
    for (const sleeper of sleepers()) await gone(sleeper);
    container.delete();
  });

  it("refuses a program that cannot be run, in words", async () => {
    const container = new PlainContainer(scratch, { command: ["true"] });
    const request = { ...container.request, argv: ["/nosuch/crun"] as const };
    await assert.rejects(daemon.link.create(request), {
      code: "Failed",
      message: /\/nosuch\/crun cannot be run: .*ENOENT/,
    });
    container.delete();
  });

  it("looks at containers: running, exited, gone", async () => {
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    const init = await daemon.link.create(container.request);
    assert.deepEqual(await daemon.link.look(container.id, init), { is: "running" });
    container.kill("KILL");
    const exit = await daemon.exitOf(container.id);
    assert.deepEqual(await daemon.link.look(container.id, init), { is: "exited", exit });
    await putAway(container);
    assert.deepEqual(await daemon.link.look(container.id, init), { is: "gone" });
  });

  it("drops in silence what was forgotten before it ended", async () => {
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    await daemon.link.create(container.request);
    await daemon.link.forget(container.id);
    container.delete();
    assert.deepEqual(await settledLook(container), { is: "gone" });
    assert.deepEqual(daemon.exits, []);
  });

  /** Looks until the end of a forgotten container has been seen. */
  const settledLook = async (container: PlainContainer): Promise<unknown> => {
    for (;;) {
      const looked = await daemon.link.look(container.id, undefined);
      if (looked.is !== "running") return looked;
    }
  };

  for (const runtime of runtimes) {
    it(`runs commands in ${runtime}'s containers and tells their exits`, async () => {
      const container = new PlainContainer(scratch, { command: ["sleep", "60"], runtime });
      await daemon.link.create(container.request);
      container.start();
      const places = { out: join(scratch, "out"), err: join(scratch, "err") };
      for (const path of Object.values(places)) makeFifo(path);
      const [out, err] = [openToRead(places.out), openToRead(places.err)];
      const exec = container.exec(["sh", "-c", "echo out; echo err >&2; exit 42"], places.out, places.err);
      await daemon.link.exec(exec);
      const { at: _, ...exit } = await daemon.exitOf(exec.execId);
      assert.deepEqual(exit, { oomKilled: false, code: 42 });
      assert.equal(readFileSync(out, "utf8"), "out\n");
      assert.equal(readFileSync(err, "utf8"), "err\n");
      await daemon.link.acknowledge(exec.execId);

      const bad = container.exec(["/nosuch"], places.out, places.err);
      await assert.rejects(daemon.link.exec(bad), {
        code: "Invalid",
        message: /^could not exec in container .*\/nosuch/,
      });
      container.kill("KILL");
      await daemon.exitOf(container.id);
      await putAway(container);
    });
  }

  it("ends the command of an exec whose runtime fails once it has begun", async () => {
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    await daemon.link.create(container.request);
    container.start();
    makeFifo(join(scratch, "heard"));
    const heard = openToRead(join(scratch, "heard"));
    const exec = container.exec(["true"], join(scratch, "heard"), join(scratch, "heard"));
    const begun = `setsid sleep 60 & echo $! > ${exec.pidFile}; exit 1`;
    await assert.rejects(daemon.link.exec({ ...exec, argv: ["/bin/sh", "-c", begun] }), { code: "Failed" });
    const pid = Number(readFileSync(exec.pidFile, "utf8"));
    await eventually("the command's end", 5000, () => !statOf(pid) || statOf(pid)?.state === "Z" || undefined);
    closeSync(heard);
    container.kill("KILL");
    await daemon.exitOf(container.id);
    await putAway(container);
  });

  it("refuses an exec whose output nobody listens to", async () => {
    const container = new PlainContainer(scratch, { command: ["sleep", "60"] });
    await daemon.link.create(container.request);
    container.start();
    makeFifo(join(scratch, "unheard"));
    const exec = container.exec(["true"], join(scratch, "unheard"), join(scratch, "unheard"));
    await assert.rejects(daemon.link.exec(exec), { code: "Unavailable", message: /nobody listens to its output/ });
    container.kill("KILL");
    await daemon.exitOf(container.id);
    await putAway(container);
  });

  it("writes what a container says into its log, whole before drain answers", async () => {
    const text = "for i in 1 2 3; do echo line $i; done; echo bad >&2; printf tail";
    const container = new PlainContainer(scratch, { command: ["sh", "-c", text] });
    await run(container);
    await daemon.link.drain(container.id, 5000);
    const said = (stream: string) => container.log.flatMap((record) => record.split(` ${stream} `)[1] ?? []);
    assert.deepEqual(said("stdout"), ["F line 1", "F line 2", "F line 3", "P tail"]);
    assert.deepEqual(said("stderr"), ["F bad"]);
    await putAway(container);
  });

  it("lets a container without a log write as much as it likes", async () => {
    const container = new PlainContainer(scratch, {
      command: ["sh", "-c", "busybox seq 1 200000; exit 4"],
      log: false,
    });
    const { at: _, ...exit } = await run(container);
    assert.deepEqual(exit, { oomKilled: false, code: 4 });
    await putAway(container);
  });

  it("gives containers no descriptor, no signal mask and no ignored signal of its own", async () => {
    const said = async (...command: readonly string[]): Promise<string> => {
      const container = new PlainContainer(scratch, { command });
      await run(container);
      await daemon.link.drain(container.id, 5000);
      const { output } = container;
      await putAway(container);
      return output;
    };
    // The last is the directory that is being listed.
    assert.equal(await said("busybox", "ls", "-1", "/proc/self/fd"), "0\n1\n2\n3\n");
    const status = await said("busybox", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status");
    assert.match(status, /^SigBlk:\t0+\nSigIgn:\t0+\n$/);
  });
});

const cgroupsNamed = (name: string): string[] => {
  const roots = ["/sys/fs/cgroup", ...readdirSync("/sys/fs/cgroup").map((root) => join("/sys/fs/cgroup", root))];
  return roots.map((root) => join(root, name)).filter(existsSync);
};

/** Processes of this node that run sleep. */
const sleepers = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n";
      } catch {
        return false; // ended just now
      }
    });
