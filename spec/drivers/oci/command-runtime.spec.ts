import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ociRuntime } from "../../../src/drivers/oci/command-runtime.ts";
import type { OciRuntime } from "../../../src/drivers/oci/runtime.ts";
import { checkpointPlaces, containerId, execId } from "./support/builders.ts";

describe("the command lines for the monitor", () => {
  let dir: string;
  let runtime: OciRuntime;
  const make = (systemdCgroup: boolean): OciRuntime =>
    ociRuntime({
      handler: "crun",
      path: "/usr/bin/crun",
      version: "1.8.1",
      features: { idmappedMounts: true, recursiveReadOnly: true, seccomp: true },
      root: join(dir, "oci/crun"),
      logDir: join(dir, "log"),
      bundleDir: "/run/troupe/bundles",
      systemdCgroup,
      checkpoints: checkpointPlaces(dir),
    });
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-runtime-"));
    runtime = make(false);
  });
  after(() => rmSync(dir, { recursive: true }));
  const bundle = "/run/troupe/bundles/c1";

  it("create a container out of its bundle, where pid file and log lie too", () => {
    const { argv, cwd, pidFile, runtimeLog } = runtime.create(containerId("c1"));
    assert.deepEqual(
      { cwd, pidFile, runtimeLog },
      { cwd: bundle, pidFile: `${bundle}/create.pid`, runtimeLog: `${bundle}/create.log` },
    );
    const tail = `--log ${runtimeLog} --log-format json create --bundle ${bundle} --pid-file ${pidFile} c1`;
    assert.equal(argv.join(" "), `/usr/bin/crun --root ${dir}/oci/crun ${tail}`);
  });

  it("run an exec detached, with files by its own id", () => {
    const { argv, pidFile, runtimeLog } = runtime.exec(containerId("c1"), execId("e1"), `${bundle}/exec-e1.json`);
    assert.deepEqual([pidFile, runtimeLog], [`${bundle}/exec-e1.pid`, `${bundle}/exec-e1.log`]);
    assert.equal(argv.slice(7).join(" "), `exec --process ${bundle}/exec-e1.json --detach --pid-file ${pidFile} c1`);
  });

  it("pass on nothing of our environment but a PATH", () => {
    assert.deepEqual(Object.keys(runtime.create(containerId("c1")).env), ["PATH"]);
  });

  it("ask for scopes of systemd where that is the cgroup driver", () => {
    assert.ok(make(true).create(containerId("c1")).argv.includes("--systemd-cgroup"));
    assert.ok(!runtime.create(containerId("c1")).argv.includes("--systemd-cgroup"));
  });
});

describe("two handlers of one node", () => {
  it("never write their words into the same file, for the one would delete the other's", async () => {
    const dir = mkdtempSync(join(tmpdir(), "troupe-runtime-"));
    const program = join(dir, "runtime");
    writeFileSync(program, `#!/bin/sh\necho "$4" >> ${dir}/logs\necho '{"status":"running"}'\n`, { mode: 0o755 });
    const make = (handler: string): OciRuntime =>
      ociRuntime({
        handler,
        path: program,
        version: "1",
        features: { idmappedMounts: true, recursiveReadOnly: true, seccomp: true },
        root: join(dir, "oci", handler),
        logDir: join(dir, "log"),
        bundleDir: join(dir, "bundles"),
        systemdCgroup: false,
        checkpoints: checkpointPlaces(dir),
      });
    try {
      for (const runtime of [make("crun"), make("runc")])
        assert.equal(await runtime.status(containerId("c1"), AbortSignal.timeout(10_000)), "running");
      const [one, other] = readFileSync(join(dir, "logs"), "utf8").trimEnd().split("\n");
      assert.notEqual(one, other);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
