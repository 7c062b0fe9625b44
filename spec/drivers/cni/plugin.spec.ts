import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runPlugin } from "../../../src/drivers/cni/plugin.ts";
import { Overdue } from "../../../src/errors.ts";
import { failing, fakeHost } from "./fake-plugins.ts";

describe("a run of a CNI plugin", () => {
  const host = fakeHost();
  after(() => host.remove());

  const run = (body: string, signal = new AbortController().signal, request = {}): Promise<string> => {
    host.plugin("some", body);
    const path = join(host.pluginDir, "some");
    const env = { PATH: process.env["PATH"] ?? "", CNI_IFNAME: "eth0" };
    return runPlugin({ plugin: "some", path, command: "ADD", env, request }, signal);
  };

  it("gets the request on stdin and answers on stdout", async () => {
    assert.equal(await run('printf %s "$request"', undefined, { name: "pods" }), '{"name":"pods"}');
  });

  it("sees no variable of ours but those it is given", async () => {
    process.env["TROUPE_SECRET"] = "x";
    await run("exit 0");
    delete process.env["TROUPE_SECRET"];
    // PWD, SHLVL and _ are the shell's own.
    const names = host.environment("some", "ADD").map((line) => line.split("=")[0] ?? "");
    assert.deepEqual(names.filter((name) => !["PWD", "SHLVL", "_"].includes(name)).toSorted(), [
      "CNI_COMMAND",
      "CNI_IFNAME",
      "PATH",
    ]);
  });

  it("fails with the plugin's message and code", async () => {
    await assert.rejects(run(failing("ADD", 999, "no more addresses")), {
      name: "Failed",
      plugin: "some",
      command: "ADD",
      pluginCode: 999,
      message: 'CNI plugin "some" failed in ADD: no more addresses (code 999)',
    });
  });

  for (const code of [11, 50, 51])
    it(`with code ${code} means that it may go later`, async () => {
      await assert.rejects(run(failing("ADD", code, "agent is starting")), { code: "Unavailable", pluginCode: code });
    });

  it("without a readable error is told by its stderr, else by how it ended", async () => {
    await assert.rejects(run("echo 'iptables: no such table' >&2; exit 2"), {
      code: "Failed",
      message: 'CNI plugin "some" failed in ADD: "iptables: no such table"',
      stderr: "iptables: no such table\n",
    });
    await assert.rejects(run("exit 2"), { message: 'CNI plugin "some" failed in ADD: exit status 2' });
    await assert.rejects(run("kill -9 $$"), { message: 'CNI plugin "some" failed in ADD: it was ended by SIGKILL' });
  });

  it("quotes no more than a piece of a long message", async () => {
    await assert.rejects(
      run("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"),
      ({ message }: Error) => message.length < 300,
    );
  });

  it("that answers without end is bounded", async () => {
    await assert.rejects(run("head -c 2000000 /dev/zero"), { message: /answered more than 1048576 bytes/ });
  });

  it("that does not read its request is no failure of ours", async () => {
    const silent = join(host.pluginDir, "deaf");
    writeFileSync(silent, "#!/bin/sh\necho '{}'\n", { mode: 0o755 });
    const request = { big: "x".repeat(1 << 20) };
    const call = { plugin: "deaf", path: silent, command: "ADD", env: {}, request } as const;
    assert.equal(await runPlugin(call, new AbortController().signal), "{}\n");
  });

  it("that is just being replaced may go later", async () => {
    const path = join(host.pluginDir, "busy");
    const writing = openSync(path, "w", 0o755);
    const call = { plugin: "busy", path, command: "ADD", env: {}, request: {} } as const;
    await assert.rejects(runPlugin(call, new AbortController().signal), { code: "Unavailable", message: /ETXTBSY/ });
    closeSync(writing);
  });

  it("is over, with all that it started, when it is called off", async () => {
    const pids = join(host.root, "pids");
    const controller = new AbortController();
    const running = run(`sleep 60 & echo ready >&2; echo $! > ${pids}; sleep 60`, controller.signal);
    await new Promise<void>((resolve) => {
      const look = (): unknown => (host.calls().length > 0 && readPid(pids) ? resolve() : setImmediate(look));
      look();
    });
    controller.abort(new Overdue("ADD took longer than 1 s"));
    await assert.rejects(running, {
      code: "Overdue",
      message: 'CNI plugin "some" was called off in ADD and killed: ADD took longer than 1 s',
      stderr: "ready\n",
    });
    // Killed with its group, it is still there for the moment that the kernel takes to end it.
    for (const until = performance.now() + 1000; isRunning(readPid(pids)) && performance.now() < until;)
      await new Promise(setImmediate);
    assert.equal(isRunning(readPid(pids)), false);
  });

  it("is not held up by a process that left its group and keeps the pipes", { timeout: 8000 }, async () => {
    assert.equal(await run(`setsid sleep 10 & echo '{}'`), "{}\n");
  });

  it("is not begun for a caller who has gone", async () => {
    await assert.rejects(run("exit 0", AbortSignal.abort(new Overdue("too late"))), { code: "Overdue" });
  });
});

const readPid = (file: string): number => {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
};

/** A zombie that its new parent has not reaped yet does not run. */
const isRunning = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};
