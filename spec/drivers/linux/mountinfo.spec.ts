import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mountOf, mountsUnder, parseMountInfo } from "../../../src/drivers/linux/mountinfo.ts";

describe("a line of mountinfo", () => {
  it("is read with any number of optional fields", () => {
    const entries = parseMountInfo(
      `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
37 35 0:4 net:[4026532] /run/netns/a rw - nsfs nsfs rw
`,
    );
    assert.deepEqual(entries, [
      {
        device: "98:0",
        mountPoint: "/mnt2",
        type: "ext3",
        source: "/dev/root",
        options: "rw,errors=continue",
        shared: true,
        slave: true,
      },
      {
        device: "0:4",
        mountPoint: "/run/netns/a",
        type: "nsfs",
        source: "nsfs",
        options: "rw",
        shared: false,
        slave: false,
      },
    ]);
  });

  it("may have blanks and dashes in its names", () => {
    const [entry] = parseMountInfo("36 35 98:0 / /a\\040-\\134b rw - tmpfs my\\011source rw\n");
    assert.deepEqual([entry?.mountPoint, entry?.source], ["/a -\\b", "my\tsource"]);
  });
});

describe("the mount that a path is on", () => {
  const mounts = parseMountInfo(
    ["8:1 / /", "8:2 / /var", "0:9 / /var/log", "8:3 / /var"]
      .map((it, n) => `${n} 0 ${it} rw - ext4 disk rw`)
      .join("\n"),
  );
  const deviceOf = (path: string): string | undefined => mountOf(path, mounts)?.device;

  it("is the deepest, and no neighbour that begins like it", () => {
    assert.deepEqual(["/etc", "/variety", "/var/log/pods", "/var/log"].map(deviceOf), ["8:1", "8:1", "0:9", "0:9"]);
  });

  it("is the last of several at one point", () => {
    assert.equal(deviceOf("/var/lib"), "8:3");
  });
});

describe("the mounts under a directory", () => {
  it("are itself and those below it, and no neighbour that begins like it", () => {
    assert.ok(mountsUnder("/proc").some(({ type }) => type === "proc"));
    assert.deepEqual(mountsUnder("/pro"), []);
  });
});
