import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { checkpointPlaces } from "./support/builders.ts";
import { probeRuntimes, type ProbeOptions } from "../../../src/drivers/oci/probe.ts";

describe("the configured OCI runtimes", () => {
  let dir: string;
  let options: ProbeOptions;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-probe-"));
    const at = {
      dir: join(dir, "oci"),
      logDir: join(dir, "log"),
      bundleDir: join(dir, "bundles"),
      filterDir: join(dir, "filters"),
    };
    options = { ...at, hybridControllers: [], systemdCgroup: false, checkpoints: checkpointPlaces(dir) };
  });
  after(() => rmSync(dir, { recursive: true }));

  /** A program that answers `--version` and `features` with these words. */
  const program = (name: string, version: string, features = "exit 1"): { name: string; path: string } => {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\ncase "$1" in --version) ${version};; features) ${features};; esac\n`, {
      mode: 0o755,
    });
    return { name, path };
  };
  const reasonOf = async (handler: { name: string; path?: string }, more: Partial<ProbeOptions> = {}) => {
    const { usable, unusable } = await probeRuntimes([handler], { ...options, ...more });
    assert.deepEqual(usable, []);
    return unusable[0]?.reason ?? "";
  };

  it("are used with what they say of themselves, each with a state directory of its own", async () => {
    const features = `echo '{"mountOptions":["rro"],"linux":{"seccomp":{"enabled":true}}}'`;
    const handlers = [
      program("fast", "echo crun version 1.8.1; echo +SECCOMP"),
      program("plain", "echo runc version 1.2.0", features),
    ];
    const { usable, unusable } = await probeRuntimes(handlers, options);
    assert.deepEqual(unusable, []);
    assert.deepEqual(
      usable.map(({ handler, version, features }) => ({ handler, version, ...features })),
      [
        { handler: "fast", version: "1.8.1", idmappedMounts: true, recursiveReadOnly: true, seccomp: true },
        { handler: "plain", version: "1.2.0", idmappedMounts: false, recursiveReadOnly: true, seccomp: true },
      ],
    );
    assert.deepEqual(
      usable.map(({ filters }) => filters !== undefined),
      [true, false],
    );
  });

  it("are refused with the remedy where the cgroup layout stops them", async () => {
    const reason = await reasonOf(program("crun", "echo crun version 1.20"), { hybridControllers: ["hugetlb"] });
    assert.match(reason, /^crun refuses a hybrid cgroup layout.*hugetlb.*use runc$/);
  });

  it("are refused where Troupe could not see what becomes of their containers", async () => {
    assert.match(await reasonOf(program("gvisor", "echo runsc version release-1")), /is runsc: .*no container's exit/);
    assert.match(await reasonOf(program("kata", "echo kata-runtime version 3.2.0")), /is Kata: .*shim/);
  });

  it("are refused when they are no OCI runtimes, are missing, fail or do not answer", async () => {
    assert.match(await reasonOf(program("other", "echo hello")), /--version names no OCI runtime/);
    assert.match(
      await reasonOf({ name: "no-such-runtime" }),
      /^no program "no-such-runtime" is in .*set runtime_path$/,
    );
    assert.match(
      await reasonOf({ name: "x", path: "/no/such" }),
      /^\/no\/such is not there, or is no program; .*set runtime_path$/,
    );
    assert.match(await reasonOf(program("failing", "exit 1")), /--version failed/);
    const slow = await reasonOf(program("slow", "exec sleep 1000"), { boundMs: 50 });
    assert.match(slow, /slow (--version|features) did not answer within 50 ms$/);
  });
});
