import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { accountsIn } from "../../../../src/drivers/oci/spec/accounts.ts";

describe("an image's accounts", () => {
  let rootfs: string;
  before(() => {
    rootfs = mkdtempSync(join(tmpdir(), "troupe-accounts-"));
    mkdirSync(join(rootfs, "etc"));
  });
  after(() => rmSync(rootfs, { recursive: true }));

  it("are none where the image has no such files", () => {
    assert.deepEqual(accountsIn(rootfs).users(), []);
    assert.deepEqual(accountsIn(rootfs).groups(), []);
  });

  it("are read from its own files", () => {
    writeFileSync(join(rootfs, "etc/passwd"), "ana:x:1000:100:,,:/home/ana:/bin/sh\n");
    writeFileSync(join(rootfs, "etc/group"), "audio:x:29:ana,bob\n");
    assert.deepEqual(accountsIn(rootfs).users(), [{ name: "ana", uid: 1000, gid: 100 }]);
    assert.deepEqual(accountsIn(rootfs).groups(), [{ name: "audio", gid: 29, members: ["ana", "bob"] }]);
  });

  it("are refused where a file would fill the daemon's memory", () => {
    truncateSync(join(rootfs, "etc/passwd"), 5 << 20);
    assert.throws(() => accountsIn(rootfs).users(), {
      code: "Invalid",
      message: /the image's \/etc\/passwd has 5242880 bytes/,
    });
  });
});
