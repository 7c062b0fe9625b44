import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { UnpackJob } from "../../../src/drivers/images/unpack-job.ts";
import { unpackInWorker } from "../../../src/drivers/images/unpacker.ts";
import { inTestNode } from "../../support/in-test-node.ts";

const unpacker = fileURLToPath(new URL("../../../src/drivers/images/unpacker.ts", import.meta.url));

describe("the unpack worker", inTestNode, () => {
  let temporary: string;
  let blob: string;
  let job: Omit<UnpackJob, "daemonPid">;
  beforeEach(() => {
    temporary = mkdtempSync("/var/lib/troupe/unpack-");
    blob = join(temporary, "blob");
    const layer = { digest: "sha256:d", diffId: "sha256:e", blob, directory: join(temporary, "layer") };
    job = { temporary, layers: [layer], limits: { bytes: 1e9, inodes: 1000 } };
  });
  afterEach(() => rmSync(temporary, { recursive: true }));

  /** A layer that never comes: resolves when the worker has begun to wait for it. */
  const stall = () => {
    execFileSync("mkfifo", [blob]);
    return () => open(blob, "w");
  };
  /** Waits as the kernel does, until nobody has the lock. */
  const unlocked = () => promisify(execFile)("flock", [join(temporary, "lock"), "true"]);

  it("is killed when the pull is called off, and has ended when that is told", async () => {
    const begun = stall();
    const caller = new AbortController();
    const work = unpackInWorker(job, caller.signal);
    const writer = await begun();
    caller.abort();
    await assert.rejects(work, { code: "Cancelled" });
    execFileSync("flock", ["--nonblock", join(temporary, "lock"), "true"]);
    await writer.close();
  });

  it("does not outlive its daemon", async () => {
    const begun = stall();
    const program = `import { unpackInWorker } from ${JSON.stringify(unpacker)};
      await unpackInWorker(${JSON.stringify(job)}, new AbortController().signal);`;
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
    const writer = await begun();
    await assert.rejects(promisify(execFile)("flock", ["--nonblock", join(temporary, "lock"), "true"]));
    daemon.kill("SIGKILL");
    await once(daemon, "close");
    await unlocked();
    await writer.close();
  });

  it("tells which layer is bad", async () => {
    writeFileSync(blob, "no tar at all, but long enough".repeat(100));
    await assert.rejects(unpackInWorker(job, new AbortController().signal), {
      code: "Failed",
      message: /^layer sha256:d: the tar archive is malformed/,
    });
  });

  it("that dies is told with what it said last", async () => {
    const begun = stall();
    const work = unpackInWorker(job, new AbortController().signal);
    const writer = await begun();
    const [worker] = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ");
    process.kill(Number(worker), "SIGKILL");
    await assert.rejects(work, { code: "Failed", message: /^the unpack worker ended with SIGKILL/ });
    await writer.close();
  });
});
