/** What Troupe finds out about such a host, and how it works with what that host lacks. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readLayout } from "../../src/drivers/cgroup/layout.ts";
import { unmount } from "../../src/drivers/linux/mount.ts";
import { mountOverlay, overlayApi } from "../../src/drivers/linux/overlay.ts";
import { readHost } from "../../src/drivers/oci/host.ts";
import { inVm } from "./support/in-vm.ts";

describe("a Debian 12 with its own kernel", inVm, () => {
  // On the machine's disk: layers of an image lie on one.
  const place = "/root/overlay";
  before(() => mkdirSync(place));
  after(() => rmSync(place, { recursive: true }));

  it("has cgroup v2 alone, with all the controllers", () => {
    const facts = readLayout("/sys/fs/cgroup");
    assert.deepEqual([facts.layout, facts.hierarchies, facts.swap], ["v2", ["/sys/fs/cgroup"], true]);
    for (const controller of ["cpu", "cpuset", "hugetlb", "io", "memory", "pids"])
      assert.ok(facts.controllers.has(controller), controller);
  });

  it("lets Troupe do all that it has to, and has AppArmor on", () => {
    const host = readHost(readLayout("/sys/fs/cgroup"));
    assert.deepEqual([host.sysResource, host.apparmor, host.selinux], [true, true, undefined]);
    assert.ok(release().startsWith("6.1."));
  });

  it("does not take layers one by one: overlay is given a hundred of them by descriptors", () => {
    assert.equal(overlayApi(), "mount");
    const lower = Array.from({ length: 100 }, (_, number) => join(place, `layer-with-a-long-name-${number}`));
    for (const [number, layer] of lower.entries()) {
      mkdirSync(layer);
      writeFileSync(join(layer, "topmost"), String(number));
      writeFileSync(join(layer, `of-${number}`), "");
    }
    const [upper, work, merged] = ["upper", "work", "merged"].map((name) => join(place, name));
    for (const directory of [upper!, work!, merged!]) mkdirSync(directory);
    mountOverlay(merged!, { lower, writable: { upper: upper!, work: work!, volatile: true } }, overlayApi());
    try {
      assert.equal(readFileSync(join(merged!, "topmost"), "utf8"), "0");
      assert.equal(readFileSync(join(merged!, "of-99"), "utf8"), "");
      writeFileSync(join(merged!, "written"), "");
      assert.equal(readFileSync(join(upper!, "written"), "utf8"), "");
      assert.match(readFileSync("/proc/self/mounts", "utf8"), new RegExp(`^overlay ${merged} .*,volatile`, "m"));
    } finally {
      unmount(merged!, { detach: false });
    }
  });
});
