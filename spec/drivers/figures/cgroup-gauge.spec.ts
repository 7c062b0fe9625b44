import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CgroupGauge } from "../../../src/drivers/figures/cgroup-gauge.ts";
import { readDetails } from "../../../src/drivers/figures/details.ts";
import { DescriptorBudget } from "../../../src/drivers/figures/kept-files.ts";
import { openDescriptors } from "../../support/eventually.ts";
import { clockAt, inFolder, legacyAt, legacyFiles, unifiedAt, unifiedFiles, writeFiles } from "./support.ts";

const atNs = "1000000000";
const memory = {
  atNs,
  usageBytes: 10_000_000,
  workingSetBytes: 6_000_000,
  availableBytes: 58_000_000,
  rssBytes: 3_000_000,
  pageFaults: 900,
  majorPageFaults: 3,
};
const still = { avg10: 0, avg60: 0, avg300: 0 };
const gaugeOf = (directories: ReturnType<typeof unifiedAt>, clock = clockAt()) =>
  new CgroupGauge(directories, new DescriptorBudget(100), clock);

describe("the figures of a cgroup", () => {
  it("of v2 are whole, in nanoseconds and bytes, with pressures", () =>
    inFolder((folder) => {
      writeFiles(folder, unifiedFiles);
      const gauge = gaugeOf(unifiedAt(folder));
      assert.deepEqual(gauge.read(), {
        cpu: {
          atNs,
          usageNs: 2_500_000_000,
          pressure: {
            some: { totalNs: 1_000_000, avg10: 1.5, avg60: 0.25, avg300: 0.05 },
            full: { totalNs: 7000, ...still },
          },
        },
        memory: { ...memory, pressure: { some: { totalNs: 5000, ...still }, full: { totalNs: 4000, ...still } } },
        swap: { atNs, usageBytes: 4096 },
        io: { atNs, pressure: { some: { totalNs: 3000, ...still }, full: { totalNs: 2000, ...still } } },
        tasks: { atNs, count: 5 },
      });
      gauge.close();
    }));

  it("of v1 are the same, with what the descendants use and without pressures", () =>
    inFolder((folder) => {
      writeFiles(folder, legacyFiles);
      const gauge = gaugeOf(legacyAt(folder));
      assert.deepEqual(gauge.read(), {
        cpu: { atNs, usageNs: 2_500_000_000 },
        memory,
        swap: { atNs, usageBytes: 4096, availableBytes: 36_000_000 - 4096 },
        tasks: { atNs, count: 5 },
      });
      gauge.close();
    }));

  for (const [version, at, files, noLimit] of [
    ["v2", unifiedAt, unifiedFiles, { "memory.max": "max\n" }],
    ["v1", legacyAt, legacyFiles, { "memory/memory.limit_in_bytes": "9223372036854771712\n" }],
  ] as const)
    it(`of ${version} without a limit say nothing of what is left, and a working set is never below 0`, () =>
      inFolder((folder) => {
        const [current, small] = version === "v2" ? ["memory.current", "1\n"] : ["memory/memory.usage_in_bytes", "1\n"];
        writeFiles(folder, { ...files, ...noLimit, [current]: small });
        const gauge = gaugeOf(at(folder));
        const { availableBytes, workingSetBytes } = gauge.read().memory ?? assert.fail();
        assert.deepEqual([availableBytes, workingSetBytes], [undefined, 0]);
        gauge.close();
      }));

  it("leave out what the kernel does not count", () =>
    inFolder((folder) => {
      writeFiles(folder, { "cpu.stat": "usage_usec 1\n" });
      const gauge = gaugeOf(unifiedAt(folder));
      assert.deepEqual(gauge.read(), { cpu: { atNs, usageNs: 1000 } });
      gauge.close();
    }));

  it("are read anew each time, through descriptors that stay open until it is closed", () =>
    inFolder((folder) => {
      writeFiles(folder, unifiedFiles);
      const before = openDescriptors();
      const clock = clockAt();
      const gauge = gaugeOf(unifiedAt(folder), clock);
      gauge.read();
      const open = openDescriptors();
      assert.equal(open - before, 10);
      writeFileSync(join(folder, "cpu.stat"), "usage_usec 4500000\n");
      clock.ms += 4000;
      assert.deepEqual(
        [gauge.read().cpu?.usageNs, gauge.read().cpu?.nanoCores, openDescriptors()],
        [4_500_000_000, 500_000_000, open],
      );
      // The path is not asked again: what was open is read, whatever became of the name.
      rmSync(join(folder, "memory.current"));
      assert.equal(gauge.read().memory?.usageBytes, 10_000_000);
      gauge.close();
      assert.equal(openDescriptors(), before);
    }));
});

describe("what only metrics tell", () => {
  for (const [version, at, files] of [
    ["v2", unifiedAt, unifiedFiles],
    ["v1", legacyAt, legacyFiles],
  ] as const)
    it(`is the same of ${version}`, () =>
      inFolder((folder) => {
        writeFiles(folder, files);
        const { cpu, memory: more, devices, processes, tasksLimit, oomKills } = readDetails(at(folder), process.pid);
        assert.deepEqual(cpu, {
          userNs: 2_000_000_000,
          systemNs: 500_000_000,
          periods: 10,
          throttledPeriods: 4,
          throttledNs: 3_000_000_000,
        });
        assert.deepEqual(more, {
          cacheBytes: 5_000_000,
          mappedBytes: 40_960,
          swapBytes: 4096,
          kernelBytes: 700_000,
          mostUsedBytes: 12_000_000,
          limitHits: 6,
          ownPageFaults: version === "v2" ? 900 : 800,
          ownMajorPageFaults: version === "v2" ? 3 : 2,
        });
        const [disk] = devices;
        assert.deepEqual(
          { ...disk, name: "" },
          { name: "", major: "8", minor: "0", readBytes: 4096, writtenBytes: 8192, reads: 1, writes: 2 },
        );
        assert.equal(devices.length, 1);
        assert.deepEqual([processes?.processes, tasksLimit, oomKills], [0, 0, 1]);
      }));

  it("counts processes, their descriptors and sockets, below the cgroup too", () =>
    inFolder(async (folder) => {
      writeFiles(folder, { "cgroup.procs": "0\n", "inner/cgroup.procs": `${process.pid}\n` });
      const { processes } = readDetails(unifiedAt(folder), process.pid);
      const { processes: count, descriptors = 0, sockets = 0, openFilesLimit = 0 } = processes ?? assert.fail();
      assert.equal(count, 1);
      assert.ok(descriptors >= 3 && sockets <= descriptors && openFilesLimit > 0);
    }));

  it("is nothing of a cgroup that is gone", () => {
    assert.deepEqual(readDetails(unifiedAt("/nowhere"), 2 ** 22 + 1), {
      devices: [],
      hugePages: [],
      processes: { processes: 0, descriptors: 0, sockets: 0 },
    });
  });
});
