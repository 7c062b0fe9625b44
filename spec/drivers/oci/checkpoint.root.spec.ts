/** Checkpoints by an OCI runtime that does what a spec has written: the real one with criu is in spec/vm/. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ociRuntime } from "../../../src/drivers/oci/command-runtime.ts";
import type { CheckpointRequest, OciRuntime } from "../../../src/drivers/oci/runtime.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { checkpointPlaces, containerId } from "./support/builders.ts";

const id = containerId("c1");
const never = new AbortController().signal;

/** Options stand before the verb, as runc's command line has them. */
const dumps = `while [ $# -gt 0 ]; do case $1 in --image-path) images=$2;; --work-path) work=$2;; esac; shift; done
echo pages > $images/pages-1.img; echo done > $work/dump.log; echo figures > $work/stats-dump`;

describe("a checkpoint", inTestNode, () => {
  let dir: string;
  let runtime: OciRuntime;
  let request: CheckpointRequest;
  const at = (name: string): string => join(dir, name);
  /** What the runtime does when it is asked for a checkpoint; each of its verbs is noted. */
  const program = (checkpoint: string): void =>
    writeFileSync(
      at("runtime"),
      `#!/bin/sh\nfor word; do case $word in checkpoint | resume) verb=$word;; esac; done
echo $verb >> ${at("asked")}\n[ $verb = checkpoint ] || exit 1\n${checkpoint}\n`,
      { mode: 0o755 },
    );
  const verbs = (): string => readFileSync(at("asked"), "utf8").trim().replaceAll("\n", " ");
  const list = (archive: string): string[] =>
    execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).trim().split("\n").toSorted();
  const member = (name: string): string => execFileSync("tar", ["-xOf", request.location, name], { encoding: "utf8" });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-checkpoint-"));
    for (const name of ["out", "bundles/c1", "changes/etc"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(at("bundles/c1/config.json"), '{"ociVersion":"1.0.2"}');
    runtime = ociRuntime({
      ...{ handler: "runc", path: at("runtime"), version: "1" },
      features: { idmappedMounts: true, recursiveReadOnly: true, seccomp: true },
      ...{ root: at("oci"), logDir: at("log"), bundleDir: at("bundles"), systemdCgroup: false },
      checkpoints: checkpointPlaces(dir),
    });
    const times = { createdTime: "2026-01-01T00:00:00.000Z", checkpointedTime: "2026-01-02T00:00:00.000Z" };
    const image = { rootfsImage: "sha256:1", rootfsImageRef: "r@sha256:1", rootfsImageName: "busybox" };
    request = {
      location: at("out/checkpoint.tar"),
      description: { id, name: "app", ...image, runtime: "runc", ...times },
    };
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const leavesNothing = (): void => {
    assert.deepEqual(readdirSync(at("out")), []);
    assert.ok(!existsSync(at("checkpoint")));
  };

  it("is an archive for root alone, with criu's images, both configurations, and what the container changed", async () => {
    program(dumps);
    writeFileSync(at("changes/etc/motd"), "changed");
    execFileSync("mknod", [at("changes/etc/gone"), "c", "0", "0"]);
    await runtime.checkpoint(id, request, never);
    assert.equal(statSync(request.location).mode & 0o777, 0o600);
    const files = ["config.dump", "deleted.files", "dump.log", "rootfs-diff.tar", "spec.dump", "stats-dump"];
    assert.deepEqual(list(request.location), ["checkpoint/", "checkpoint/pages-1.img", ...files]);
    assert.deepEqual(JSON.parse(member("config.dump")), request.description);
    assert.equal(member("spec.dump"), '{"ociVersion":"1.0.2"}');
    assert.equal(member("deleted.files"), '["/etc/gone"]');
    writeFileSync(at("diff.tar"), execFileSync("tar", ["-xOf", request.location, "rootfs-diff.tar"]));
    assert.deepEqual(list(at("diff.tar")), ["./", "./etc/", "./etc/motd"]);
    assert.deepEqual(readdirSync(at("out")), ["checkpoint.tar"]);
    assert.ok(!existsSync(at("checkpoint")));
    assert.equal(verbs(), "checkpoint");
  });

  it("takes the place of an older one, whole", async () => {
    program(dumps);
    writeFileSync(request.location, "old");
    await runtime.checkpoint(id, request, never);
    assert.equal(member("checkpoint/pages-1.img"), "pages\n");
  });

  it("that fails is told in the runtime's words and criu's, thaws the container, and leaves nothing", async () => {
    program(`${dumps.split("\n")[0]}\necho '(00.1) Error (criu/sk-inet.c:1): Connected TCP socket' > $work/dump.log
echo '{"level":"error","msg":"criu failed: type NOTIFY errno 0"}' >&2; exit 1`);
    await assert.rejects(runtime.checkpoint(id, request, never), {
      code: "Failed",
      message: /criu failed: type NOTIFY errno 0 \(criu\/sk-inet\.c:1: Connected TCP socket\)$/,
    });
    leavesNothing();
    assert.equal(verbs(), "checkpoint resume");
  });

  it("is unimplemented where the runtime has no criu, or the node", async () => {
    const missing = `CRIU version check failed: exec: \\"criu\\": executable file not found in $PATH`;
    for (const words of ["unknown command checkpoint", `{"level":"error","msg":"${missing}"}`]) {
      program(`cat >&2 <<'END'\n${words}\nEND\nexit 1`);
      await assert.rejects(runtime.checkpoint(id, request, never), { code: "Unimplemented", message: /criu/ });
    }
    leavesNothing();
  });

  it("is refused before it is begun where nothing can be written", async () => {
    program(dumps);
    writeFileSync(at("file"), "");
    for (const location of [at("missing/checkpoint.tar"), at("file/checkpoint.tar")])
      await assert.rejects(runtime.checkpoint(id, { ...request, location }, never), { code: "Invalid" });
    assert.ok(!existsSync(at("asked")));
  });

  it("that is called off ends at once, thaws the container, and leaves nothing", async () => {
    program("sleep 1000");
    const off = new AbortController();
    const ended = assert.rejects(runtime.checkpoint(id, request, off.signal), /called off/);
    await eventually("the dump", 10_000, () => (existsSync(at("asked")) ? true : undefined));
    off.abort(new Error("called off"));
    await ended;
    leavesNothing();
    assert.equal(verbs(), "checkpoint resume");
  });

  it("of a dead daemon is ended, and the container thawed, before anything else is done with it", async () => {
    program("exit 1");
    mkdirSync(at("checkpoint/checkpoint"), { recursive: true });
    await runtime.settle(id, 0);
    leavesNothing();
    assert.equal(verbs(), "resume");
    rmSync(at("asked"));
    await runtime.settle(id, 0);
    assert.ok(!existsSync(at("asked")));
  });
});
