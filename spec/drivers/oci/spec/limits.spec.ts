import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultLimits, oomScoreAdj, rlimits } from "../../../../src/drivers/oci/spec/limits.ts";
import { host } from "../support/builders.ts";

const weak = host({ sysResource: false, oomScoreAdj: -500 });

describe("resource limits", () => {
  it("are never Node's own, but 1024 open files at first, up to what we may give", () => {
    assert.deepEqual(rlimits(defaultLimits, weak), [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 }]);
    assert.deepEqual(rlimits(defaultLimits, host()), [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 524_288 }]);
  });

  it("keep the soft one below the hard one", () => {
    const wanted = { RLIMIT_NOFILE: { soft: 9000, hard: 9000 } };
    assert.deepEqual(rlimits(wanted, weak), [{ type: "RLIMIT_NOFILE", soft: 4096, hard: 4096 }]);
  });

  it("write none as the kernel's own number, which JSON numbers of JavaScript would miss", () => {
    const wanted = { RLIMIT_MEMLOCK: { soft: 65_536, hard: Infinity } };
    assert.equal(
      JSON.stringify(rlimits(wanted, host())),
      '[{"type":"RLIMIT_MEMLOCK","soft":65536,"hard":18446744073709551615}]',
    );
    assert.equal(rlimits({ RLIMIT_NOFILE: { soft: 5, hard: Infinity } }, host())[0]?.hard, 1_048_576);
  });
});

describe("oom_score_adj", () => {
  it("is what was asked for, where we may set it", () => {
    assert.deepEqual(oomScoreAdj(-997, host()), { value: -997, warnings: [] });
    assert.deepEqual(oomScoreAdj(1000, weak), { value: 1000, warnings: [] });
    assert.deepEqual(oomScoreAdj(-500, weak), { value: -500, warnings: [] });
  });

  it("is our own where we may not go lower, and that is said", () => {
    const { value, warnings } = oomScoreAdj(-997, weak);
    assert.equal(value, -500);
    assert.match(
      warnings[0] ?? "",
      /^oom_score_adj -997 was asked for, -500 is set: this daemon lacks CAP_SYS_RESOURCE/,
    );
  });
});
