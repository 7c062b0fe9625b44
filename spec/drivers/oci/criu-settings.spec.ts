import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { settingsFor } from "../../../src/drivers/oci/criu-settings.ts";

describe("criu's settings for a container", () => {
  it("have the node's own, and each stream that is there by its mount and inode, which nothing is read from", () => {
    const dir = mkdtempSync(join(tmpdir(), "troupe-criu-"));
    try {
      const [own, fifo] = [join(dir, "runc.conf"), join(dir, "stdout")];
      writeFileSync(own, "tcp-established\n\n");
      execFileSync("mkfifo", [fifo]);
      const [tcp, ours, line = "", ...more] = settingsFor([fifo, join(dir, "stdin")], own).split("\n");
      assert.deepEqual([tcp, ours, more], ["tcp-established", "manage-cgroups=ignore", [""]]);
      const [, mount = "", inode = ""] = /^external file\[([0-9a-f]+):([0-9a-f]+)\]$/.exec(line) ?? [];
      assert.equal(parseInt(inode, 16), statSync(fifo).ino);
      assert.match(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(`^${parseInt(mount, 16)} `, "m"));
      assert.equal(settingsFor([], join(dir, "none")), "manage-cgroups=ignore\n");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
