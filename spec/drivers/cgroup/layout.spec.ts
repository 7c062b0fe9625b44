import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLayout } from "../../../src/drivers/cgroup/layout.ts";

describe("the cgroup layout", () => {
  it("is read from what is mounted", () => {
    const { layout, hierarchies, controllers } = readLayout("/sys/fs/cgroup");
    assert.ok(["v1", "v2", "hybrid"].includes(layout));
    assert.equal(hierarchies.length === 1, layout === "v2");
    assert.ok(controllers.has("memory"));
  });

  it("is an error where there is none", () => {
    assert.throws(() => readLayout("/no/such"), { code: "ENOENT" });
  });
});
