import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostProcesses } from "../../src/composition/host-processes.ts";
import { nameProcess } from "../../src/drivers/linux/process.ts";
import { processesContract } from "./processes.contract.ts";

processesContract("the host's processes", () => ({
  processes: hostProcesses,
  begin: async () => {
    const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    const name = nameProcess(child.pid ?? 0);
    assert.ok(name);
    return { name, reaped: once(child, "exit") };
  },
  dispose: () => {},
}));
