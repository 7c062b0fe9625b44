import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseLimits, readHost } from "../../../src/drivers/oci/host.ts";

describe("this host", () => {
  it("is read from /proc", () => {
    const host = readHost({ layout: "v2", controllers: new Set(), swap: true });
    assert.match(host.kernel, /^\d+\.\d+/);
    assert.equal(host.oomScoreAdj, Number(readFileSync("/proc/self/oom_score_adj", "utf8")));
    assert.ok((host.limits["RLIMIT_NOFILE"]?.hard ?? 0) > 0);
    assert.equal(Object.keys(host.limits).length, 16);
    assert.ok(host.capabilities.every((name) => name.startsWith("CAP_")));
  });

  it("has limits by the names of setrlimit, unlimited as Infinity", () => {
    const text =
      "Limit                     Soft Limit           Hard Limit           Units\nMax cpu time              unlimited            unlimited            seconds\nMax open files            1024                 4096                 files\n";
    assert.deepEqual(parseLimits(text), {
      RLIMIT_CPU: { soft: Infinity, hard: Infinity },
      RLIMIT_NOFILE: { soft: 1024, hard: 4096 },
    });
  });
});
