import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { pluginsInFlight, settlePlugins } from "../../../src/drivers/cni/plugins-in-flight.ts";
import { sandboxId } from "./fake-plugins.ts";

/** A plugin of a dead daemon, as /proc shows it: it runs until its stdin ends. */
const plugin = async (id: string, script: string): Promise<ChildProcess> => {
  const env = { PATH: process.env["PATH"], CNI_COMMAND: "ADD", CNI_CONTAINERID: id };
  const child = spawn("sh", ["-c", `echo ready; ${script}`], {
    env,
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  return child;
};

describe("plugins that a dead daemon left at work", () => {
  it("are found by the sandbox that they work on, with what they started", async () => {
    const child = await plugin(sandboxId("1"), "cat & cat; wait");
    const found = await pluginsInFlight(sandboxId("1"));
    assert.ok(child.pid !== undefined && found.includes(child.pid));
    assert.deepEqual(await pluginsInFlight(sandboxId("2")), []);
    child.stdin?.end();
    await once(child, "exit");
  });

  it("are let end", async () => {
    const child = await plugin(sandboxId("3"), "cat");
    const settled = settlePlugins(sandboxId("3"), 20_000);
    setImmediate(() => child.stdin?.end());
    await settled;
    assert.deepEqual([child.exitCode ?? (await once(child, "exit"))[0], child.signalCode], [0, null]);
  });

  it("are killed when their time is up, with what they started", async () => {
    const child = await plugin(sandboxId("4"), "sleep 60 & sleep 60");
    const exited = once(child, "exit");
    await settlePlugins(sandboxId("4"), 50);
    assert.deepEqual(await pluginsInFlight(sandboxId("4")), []);
    assert.deepEqual(await exited, [null, "SIGKILL"]);
  });

  it("that are not there are not waited for", async () => {
    await settlePlugins(sandboxId("5"), 20_000);
  });
});
