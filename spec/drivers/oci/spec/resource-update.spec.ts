import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { undoOf, updateOf } from "../../../../src/drivers/oci/spec/resource-update.ts";
import { host, resourcesOf } from "../support/builders.ts";

const v2 = host().cgroup;
const v1 = { ...v2, layout: "v1" as const };
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("what an OCI runtime's update is given", () => {
  it("is what was given, without devices, huge pages and the bound of processes", () => {
    const wanted = resourcesOf({ memoryLimitBytes: 10, cpuShares: 2, hugepageLimits: [{ pageSize: "2MB", limit: 1 }] });
    assert.deepEqual(plain(updateOf(wanted, v2)), { memory: { limit: 10, swap: 10 }, cpu: { shares: 2 } });
  });

  it("goes back to what was given before", () => {
    const before = resourcesOf({ memoryLimitBytes: 10, cpuQuota: 5000, cpusetCpus: "0-1" });
    const wanted = resourcesOf({ memoryLimitBytes: 20, cpuQuota: 7000, cpusetCpus: "1" });
    assert.deepEqual(plain(undoOf(before, wanted, v2)), { update: plain(updateOf(before, v2)), beyond: [] });
  });

  it("goes back to what the kernel has where nothing was given", () => {
    const wanted = resourcesOf({ memoryLimitBytes: 20, cpuQuota: 7000, cpuPeriod: 50_000, cpuShares: 77 });
    const unlimited = { memory: { limit: -1, swap: -1 }, cpu: { quota: -1, period: 100_000 } };
    assert.deepEqual(plain(undoOf(resourcesOf({}), wanted, v2).update), {
      ...unlimited,
      unified: { "cpu.weight": "100" },
    });
    const { memory, cpu } = unlimited;
    assert.deepEqual(plain(undoOf(resourcesOf({}), wanted, v1).update), { memory, cpu: { ...cpu, shares: 1024 } });
  });

  it("says of which files nobody knows what they had", () => {
    const wanted = resourcesOf({ unified: { "memory.high": "1", "memory.low": "2" } });
    assert.deepEqual(undoOf(resourcesOf({ unified: { "memory.low": "3" } }), wanted, v2).beyond, ["memory.high"]);
  });
});
