import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { hostProcesses } from "../../src/composition/host-processes.ts";
import { nameProcess, type ProcessName } from "../../src/drivers/linux/process.ts";

describe("a process of this host", () => {
  let child: ReturnType<typeof spawn>;
  let name: ProcessName;
  beforeEach(async () => {
    child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    name = nameProcess(child.pid!)!;
  });
  afterEach(() => child.kill("SIGKILL"));

  it("lives, and ends with its group when it is killed", async () => {
    assert.ok(hostProcesses.lives(name));
    const ended = once(child, "exit");
    hostProcesses.killGroup(name);
    assert.deepEqual(await ended, [null, "SIGKILL"]);
    assert.ok(!hostProcesses.lives(name));
    hostProcesses.killGroup(name);
  });

  it("that has the pid of another one is not that one: it does not count as living, and is not killed for it", () => {
    const earlier = { ...name, startTicks: name.startTicks - 1 };
    assert.ok(!hostProcesses.lives(earlier));
    hostProcesses.killGroup(earlier);
    assert.ok(hostProcesses.lives(name));
  });
});
