import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { programCondition } from "../../src/composition/program-condition.ts";

describe("the default OCI runtime's program", () => {
  it("is told of when it is gone, and when it is back, at the question after the look", async () => {
    let looked = Promise.resolve();
    const condition = programCondition("crun", "/usr/bin/crun", () => looked);
    assert.equal(condition().ok, true);
    await looked;
    looked = Promise.reject(new Error("ENOENT: no such file"));
    condition();
    await looked.catch(() => undefined);
    looked = Promise.resolve();
    assert.deepEqual(condition(), {
      ok: false,
      reason: "DefaultRuntimeUnusable",
      message: "crun: /usr/bin/crun cannot be run any more: Error: ENOENT: no such file",
    });
    await looked;
    assert.equal(condition().ok, true);
  });

  it("is looked at once at a time, on a disk that hangs", () => {
    let looks = 0;
    const condition = programCondition("crun", "/usr/bin/crun", () => {
      looks += 1;
      return new Promise(() => {});
    });
    for (let n = 0; n < 5; n++) assert.equal(condition().ok, true);
    assert.equal(looks, 1);
  });
});
