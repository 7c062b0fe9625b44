import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeVolumes } from "../../../../src/drivers/oci/spec/volumes.ts";

describe("the volumes of an image", () => {
  let rootfs: string;
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  before(() => {
    rootfs = mkdtempSync(join(tmpdir(), "troupe-volumes-"));
  });
  after(() => rmSync(rootfs, { recursive: true }));

  it("are directories in the container, unless a mount of the pod is there", () => {
    assert.deepEqual(makeVolumes(rootfs, ["/data", "mounted/"], ["/mounted"], owner), []);
    assert.ok(existsSync(join(rootfs, "data")));
    assert.equal(existsSync(join(rootfs, "mounted")), false);
  });

  it("are told of where the image itself has put a file", () => {
    writeFileSync(join(rootfs, "file"), "");
    const [warning] = makeVolumes(rootfs, ["/file"], [], owner);
    assert.match(warning ?? "", /^the image's volume "\/file" is not there/);
  });
});
