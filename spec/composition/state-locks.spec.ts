import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { lockDirectories } from "../../src/composition/state-locks.ts";

describe("the directories of a daemon", () => {
  const place = mkdtempSync(join(tmpdir(), "troupe-locks-"));
  after(() => rmSync(place, { recursive: true }));
  const own = (name: string) => ({ directory: join(place, name), mode: 0o700 });

  it("are made and are one daemon's, whichever of them two have in common", () => {
    const first = lockDirectories([own("run"), own("root")]);
    assert.equal(statSync(join(place, "root")).mode & 0o777, 0o700);
    for (const others of [
      ["run", "root-2"],
      ["run-2", "root"],
    ])
      assert.throws(() => lockDirectories(others.map(own)), {
        code: "Unavailable",
        message: /^another troupe serve runs already: it holds \S+\/(run|root)\/daemon\.lock$/,
      });
    // Who was refused holds nothing.
    lockDirectories([own("run-2"), own("root-2")]).release();
    first.release();
    lockDirectories([own("run"), own("root")]).release();
  });

  it("are the same by whatever name, and may be one", () => {
    mkdirSync(join(place, "real"));
    symlinkSync("real", join(place, "alias"));
    const both = lockDirectories([own("real"), own("alias")]);
    assert.throws(() => lockDirectories([own("alias")]), { code: "Unavailable" });
    both.release();
  });

  it("that are none are told with what to do", () => {
    writeFileSync(join(place, "file"), "");
    assert.throws(() => lockDirectories([own("file")]), {
      code: "Failed",
      message: /\/file cannot be locked: EEXIST.*; put back what was there; containers that run are not affected$/,
    });
    mkdirSync(join(place, "odd/daemon.lock"), { recursive: true });
    assert.throws(() => lockDirectories([own("odd")]), {
      code: "Failed",
      message: /\/odd\/daemon\.lock cannot be locked: EISDIR.*; put back what was there/,
    });
  });
});
