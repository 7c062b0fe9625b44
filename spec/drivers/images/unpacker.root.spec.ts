import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { isLocked } from "../../../src/drivers/images/temporary-lock.ts";
import { UnpackWorkers, type LayersToUnpack, type Unpacking } from "../../../src/drivers/images/unpacker.ts";
import { eventually } from "../../support/eventually.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { tar, type TarFile } from "../../support/tar.ts";
import { sha256 } from "./unpacking.ts";

const unpacker = fileURLToPath(new URL("../../../src/drivers/images/unpacker.ts", import.meta.url));
const never = new AbortController().signal;

describe("the unpack workers", inTestNode, () => {
  let temporary: string;
  let workers: UnpackWorkers;
  beforeEach(() => {
    temporary = mkdtempSync("/var/lib/troupe/unpack-");
    workers = new UnpackWorkers({ most: 1, starvedMs: 50 });
  });
  afterEach(async () => {
    await workers.close();
    assert.deepEqual(children(), []);
    rmSync(temporary, { recursive: true });
  });

  const children = (): readonly number[] =>
    readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  const path = (name: string): string => join(temporary, name);

  /** A layer of these files, and how it comes. */
  const layerOf = (name: string, files: readonly TarFile[]) => {
    const archive = tar(files);
    const bytes = gzipSync(archive);
    const [blob, directory] = [path(`${name}.part`), path(name)];
    const layer = { digest: `sha256:${name}`, diffId: sha256(archive), blob, sizeBytes: bytes.length, directory };
    const come = (unpacking: Unpacking, count = bytes.length, of = bytes): void => {
      writeFileSync(blob, of.subarray(0, count));
      unpacking.came({ blob, bytes: count, whole: count === bytes.length });
    };
    return { layer, come, bytes };
  };
  const job = (...layers: LayersToUnpack["layers"]): LayersToUnpack => ({
    temporary,
    layers,
    limits: { bytes: 1e9, inodes: 1000 },
  });
  /** Without a look at the lock itself, which would be in the worker's way. */
  const begun = (): Promise<void> => eventually("the worker's lock", () => existsSync(path("lock")));

  it("unpack a layer while it comes, and say what became of it when it is whole", async () => {
    const size = 600 * 1024;
    const noise = Buffer.from(Array.from({ length: size }, (_, at) => (at * at * 31) >> (at % 7)));
    const { layer, come, bytes } = layerOf("a", [
      { name: "early", content: "1" },
      { name: "late", content: noise },
    ]);
    const unpacking = workers.begin(job(layer), never);
    come(unpacking, bytes.length - 1);
    await eventually("the first file", () => existsSync(path("a/early")));
    come(unpacking);
    const [written] = (await unpacking.ended) ?? [];
    assert.equal(written?.inodes, 3);
    assert.equal(readFileSync(path("a/late")).length, size);
  });

  it("finish a layer that needs those below when they are there, in whatever order they come", async () => {
    const lower = layerOf("lower", [
      { name: "d/", type: "5", mode: 0o750, mtime: 7 },
      { name: "d/f", content: "below" },
    ]);
    const upper = layerOf("upper", [
      { name: "d/g", content: "above" },
      { name: "d/link", type: "1", link: "d/f" },
    ]);
    const unpacking = workers.begin(job(lower.layer, upper.layer), never);
    upper.come(unpacking);
    await eventually("the upper layer's try", () => existsSync(path("upper")));
    lower.come(unpacking);
    const written = await unpacking.ended;
    assert.deepEqual(
      written?.map(({ dependent }) => dependent),
      [false, true],
    );
    assert.equal(readFileSync(path("upper/d/link"), "utf8"), "below");
  });

  it("begin a layer anew whose blob has begun anew with other bytes", async () => {
    const { layer, come, bytes } = layerOf("a", [{ name: "f", content: "right" }]);
    const unpacking = workers.begin(job(layer), never);
    come(unpacking, 40, Buffer.alloc(bytes.length, "wrong"));
    await eventually("the first try", () => existsSync(path("a")));
    come(unpacking, 0);
    come(unpacking);
    await unpacking.ended;
    assert.equal(readFileSync(path("a/f"), "utf8"), "right");
  });

  it("serve one pull after another, by the same process", async () => {
    const of: (readonly number[])[] = [];
    for (const name of ["a", "b"]) {
      const { layer, come } = layerOf(name, [{ name, content: name }]);
      const unpacking = workers.begin(job(layer), never);
      come(unpacking);
      await unpacking.ended;
      of.push(children());
      assert.ok(!isLocked(temporary));
    }
    assert.equal(of[0]?.length, 1);
    assert.deepEqual(of[0], of[1]);
  });

  it("end when nobody needs them for a while", async () => {
    const brief = new UnpackWorkers({ most: 1, idleMs: 10 });
    const { layer, come } = layerOf("a", [{ name: "f" }]);
    const unpacking = brief.begin(job(layer), never);
    come(unpacking);
    await unpacking.ended;
    await eventually("the worker's end", () => children().length === 0);
  });

  it("are taken from a pull for which nothing comes, where another one waits", async () => {
    const slow = layerOf("slow", [{ name: "f" }]);
    const held = workers.begin(job(slow.layer), never);
    slow.come(held, 20);
    const other = layerOf("other", [{ name: "g" }]);
    const unpacking = workers.begin(job(other.layer), never);
    other.come(unpacking);
    assert.equal((await unpacking.ended)?.length, 1);
    assert.equal(await held.ended, undefined);
  });

  it("are killed when the pull is called off, and have ended when that is told", async () => {
    const caller = new AbortController();
    const { ended } = workers.begin(job(layerOf("a", []).layer), caller.signal);
    await begun();
    caller.abort();
    await assert.rejects(ended, { code: "Cancelled" });
    assert.ok(!isLocked(temporary));
  });

  it("do not outlive their daemon", async () => {
    const program = `import { UnpackWorkers } from ${JSON.stringify(unpacker)};
      await new UnpackWorkers({ most: 1 }).begin(${JSON.stringify(job(layerOf("a", []).layer))}, new AbortController().signal).ended;`;
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
    await begun();
    daemon.kill("SIGKILL");
    await once(daemon, "close");
    // Waits as the kernel does, until nobody has the lock.
    await promisify(execFile)("flock", [join(temporary, "lock"), "true"]);
  });

  it("tell which layer is bad, when its blob is known to be what was asked for", async () => {
    const { layer, come } = layerOf("d", []);
    const bad = Buffer.from("no tar at all, but long enough".repeat(100));
    const unpacking = workers.begin(job({ ...layer, sizeBytes: bad.length }), never);
    come(unpacking, bad.length, bad);
    unpacking.came({ blob: layer.blob, bytes: bad.length, whole: true });
    await assert.rejects(unpacking.ended, {
      code: "Failed",
      message: /^layer sha256:d: the tar archive is malformed/,
    });
  });

  it("that die are told with what they said last", async () => {
    const { ended } = workers.begin(job(layerOf("a", []).layer), never);
    await begun();
    for (const worker of children()) process.kill(worker, "SIGKILL");
    await assert.rejects(ended, { code: "Failed", message: /^the unpack worker ended with SIGKILL/ });
  });
});
