import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mountsUnder, parseMountInfo } from "../../../src/drivers/linux/mountinfo.ts";

describe("a line of mountinfo", () => {
  it("is read with any number of optional fields", () => {
    const entries = parseMountInfo(
      `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
37 35 0:4 net:[4026532] /run/netns/a rw - nsfs nsfs rw
`,
    );
    assert.deepEqual(entries, [
      {
        mountPoint: "/mnt2",
        type: "ext3",
        source: "/dev/root",
        options: "rw,errors=continue",
        shared: true,
        slave: true,
      },
      { mountPoint: "/run/netns/a", type: "nsfs", source: "nsfs", options: "rw", shared: false, slave: false },
    ]);
  });

  it("may have blanks and dashes in its names", () => {
    const [entry] = parseMountInfo("36 35 98:0 / /a\\040-\\134b rw - tmpfs my\\011source rw\n");
    assert.deepEqual([entry?.mountPoint, entry?.source], ["/a -\\b", "my\tsource"]);
  });
});

describe("the mounts under a directory", () => {
  it("are itself and those below it, and no neighbour that begins like it", () => {
    assert.ok(mountsUnder("/proc").some(({ type }) => type === "proc"));
    assert.deepEqual(mountsUnder("/pro"), []);
  });
});
