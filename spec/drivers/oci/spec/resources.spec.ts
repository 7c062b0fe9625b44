import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resources } from "../../../../src/drivers/oci/spec/resources.ts";
import { host, resourcesOf } from "../support/builders.ts";

const cgroup = host().cgroup;
const bare = { ...cgroup, controllers: new Set(["memory"]), swap: false };
const written = (wanted: Parameters<typeof resourcesOf>[0], on = cgroup, pids = 0) =>
  JSON.parse(JSON.stringify(resources(resourcesOf(wanted), [], pids, on).resources));

describe("the resources of a container", () => {
  it("are nothing where nothing was given", () => {
    assert.deepEqual(written({}, bare), { devices: [], memory: {}, cpu: {} });
  });

  it("say that processes are not limited, for systemd would limit them, where the host can", () => {
    assert.deepEqual(written({}).pids, { limit: 4_194_304 });
    assert.equal(written({}, bare).pids, undefined);
  });

  it("are CRI's numbers, an unlimited quota too", () => {
    const cpu = { cpuShares: 2, cpuQuota: -1, cpuPeriod: 100_000, cpusetCpus: "0-1", cpusetMems: "0" };
    assert.deepEqual(written(cpu).cpu, { shares: 2, quota: -1, period: 100_000, cpus: "0-1", mems: "0" });
    assert.deepEqual(written({}, cgroup, 100).pids, { limit: 100 });
    assert.deepEqual(written({ unified: { "memory.oom.group": "1" } }).unified, { "memory.oom.group": "1" });
  });

  it("allow no swap beside the memory, unless CRI gives some, where the host can count it", () => {
    assert.deepEqual(written({ memoryLimitBytes: 10 }).memory, { limit: 10, swap: 10 });
    assert.deepEqual(written({ memoryLimitBytes: 10, memorySwapLimitBytes: 20 }).memory, { limit: 10, swap: 20 });
    assert.deepEqual(written({ memoryLimitBytes: 10, memorySwapLimitBytes: 20 }, bare).memory, { limit: 10 });
  });

  it("leave huge pages out where there is no controller, and say so if some were meant", () => {
    const hugepageLimits = [
      { pageSize: "2MB", limit: 4 },
      { pageSize: "1GB", limit: 0 },
    ];
    assert.deepEqual(written({ hugepageLimits }).hugepageLimits, hugepageLimits);
    assert.equal(written({ hugepageLimits }, bare).hugepageLimits, undefined);
    const { warnings } = resources(resourcesOf({ hugepageLimits }), [], 0, bare);
    assert.deepEqual(warnings, ["hugepages of 2MB are not limited: this host has no hugetlb controller"]);
    const unasked = [{ pageSize: "2MB", limit: 0 }];
    assert.deepEqual(resources(resourcesOf({ hugepageLimits: unasked }), [], 0, bare).warnings, []);
  });

  it("are refused with unified keys on v1, or with keys that are no file of a cgroup", () => {
    const v1 = { ...cgroup, layout: "v1" } as const;
    const unified = { "memory.high": "1" };
    assert.throws(() => written({ unified }, v1), {
      code: "Invalid",
      message: /\(memory\.high\) need cgroup v2; this host has v1/,
    });
    assert.throws(() => written({ unified: { "../cgroup.procs": "1" } }), {
      code: "Invalid",
      message: /is not the name/,
    });
  });
});
