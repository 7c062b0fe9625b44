import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLayout, unifiedMountOptions } from "../../../src/drivers/cgroup/layout.ts";

const cgroup2 = (mountPoint: string, options: string) => ({
  ...{ mountPoint, options, type: "cgroup2", source: "cgroup2", shared: true, slave: false },
});

describe("the cgroup layout", () => {
  it("is read from what is mounted", () => {
    const { layout, hierarchies, controllers } = readLayout("/sys/fs/cgroup");
    assert.ok(["v1", "v2", "hybrid"].includes(layout));
    assert.equal(hierarchies.length === 1, layout === "v2");
    assert.ok(controllers.has("memory"));
  });

  it("keeps in mind which options another mount of v2 would switch off", () => {
    const mounts = [
      cgroup2("/sys/fs/cgroup", "rw"),
      cgroup2("/other", "rw,nsdelegate"),
      cgroup2("/sys/fs/cgroup", "rw,nsdelegate,memory_recursiveprot"),
    ];
    assert.deepEqual(unifiedMountOptions(mounts, "/sys/fs/cgroup"), ["nsdelegate", "memory_recursiveprot"]);
    assert.deepEqual(unifiedMountOptions([], "/sys/fs/cgroup"), []);
  });

  it("is an error where there is none", () => {
    assert.throws(() => readLayout("/no/such"), { code: "ENOENT" });
  });
});
