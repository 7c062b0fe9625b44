import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { hostPaths } from "../../../src/drivers/oci/host-paths.ts";

describe("a path of the kubelet", () => {
  let dir: string;
  const paths = hostPaths();
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "troupe-paths-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  it("is resolved as a mount source, and made as a directory where it is missing", async () => {
    writeFileSync(join(dir, "file with\nnewline"), "");
    symlinkSync("file with\nnewline", join(dir, "link"));
    const missing = join(dir, "a b/c");
    assert.deepEqual(await paths.sources([join(dir, "link"), missing]), [join(dir, "file with\nnewline"), missing]);
    assert.equal(statSync(missing).mode & 0o7777, 0o755);
    assert.equal(statSync(join(dir, "a b")).mode & 0o7777, 0o755);
    assert.deepEqual(await paths.sources([]), []);
  });

  it("is refused in the system's words where it can be neither found nor made", async () => {
    const path = join(dir, "file with\nnewline/below");
    await assert.rejects(paths.sources([path]), {
      code: "Failed",
      message: /mount source .* cannot be used: .*Not a directory/s,
    });
    symlinkSync("nowhere", join(dir, "broken"));
    await assert.rejects(paths.sources([join(dir, "broken")]), { code: "Failed", message: /File exists/ });
  });

  it("is found as a device through links, and as a directory of devices", async () => {
    symlinkSync("/dev/null", join(dir, "null"));
    mkdirSync(join(dir, "none"));
    const [one, many, none] = await paths.devices([join(dir, "null"), "/dev", join(dir, "none")]);
    assert.deepEqual(one, [{ path: join(dir, "null"), type: "c", major: 1, minor: 3, mode: 0o666, uid: 0, gid: 0 }]);
    assert.ok(many?.some(({ path, major, minor }) => path === "/dev/zero" && major === 1 && minor === 5));
    assert.ok(!many?.some(({ path }) => path.startsWith("/dev/pts/")));
    assert.deepEqual(none, []);
    await assert.rejects(paths.devices([join(dir, "gone")]), { code: "Failed", message: /No such file/ });
  });

  it("is read as a file, up to a size", async () => {
    writeFileSync(join(dir, "profile"), "{}");
    assert.equal(await paths.read(join(dir, "profile")), "{}");
    await assert.rejects(paths.read("/dev/zero"), { code: "Invalid", message: /larger than 1048576 bytes/ });
    await assert.rejects(paths.read(dir), { code: "Failed", message: /Is a directory/ });
  });

  it("is given up when its filesystem does not answer, and nothing waits for it any longer", async () => {
    const silent = join(dir, "silent");
    execFileSync("mkfifo", [silent]);
    await assert.rejects(hostPaths({ boundMs: 50 }).read(silent), {
      code: "Overdue",
      message: `file ${silent} did not answer within 50 ms: is its filesystem reachable?`,
    });
  });
});
