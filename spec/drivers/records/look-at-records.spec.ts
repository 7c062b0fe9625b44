import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { lookAtRecords, runStore } from "../../../src/drivers/records/run-store.ts";

describe("a look at the records of this boot", () => {
  const dir = mkdtempSync(join(tmpdir(), "troupe-look-"));
  after(() => rmSync(dir, { recursive: true }));

  it("sees nothing, and makes nothing, where no daemon was", () => {
    assert.deepEqual(lookAtRecords({ dir, program: "1" }), { records: [], doubtful: [], unfinished: [] });
    assert.deepEqual(readdirSync(dir), []);
  });

  it("sees what a daemon would load, and leaves what that would delete", () => {
    const store = runStore({ dir, program: "1" });
    store.put("sandbox", "whole", { well: true }, Buffer.from("config"));
    store.put("container", "cut", {});
    truncateSync(join(dir, "container/cut.json"), 5);
    const unfinished = ["container/alone.config", "sandbox/half.json.new"].map((name) => join(dir, name));
    for (const file of unfinished) writeFileSync(file, "");
    const seen = lookAtRecords({ dir, program: "1" });
    assert.deepEqual(
      seen.records.map(({ kind, id, record, config }) => [kind, id, record, String(config)]),
      [["sandbox", "whole", { well: true }, "config"]],
    );
    assert.deepEqual(
      seen.doubtful.map(({ id }) => id),
      ["cut"],
    );
    assert.deepEqual(seen.unfinished.toSorted(), unfinished);
    assert.deepEqual(lookAtRecords({ dir, program: "1" }), seen);
  });
});
