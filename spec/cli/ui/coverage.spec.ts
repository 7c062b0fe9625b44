/** What `troupe ui --coverage` takes: what npm run sim -- --json prints, and a clear word about anything else. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { coverageIn } from "../../../src/cli/ui/coverage.ts";

describe("a simulation's tally", () => {
  const place = mkdtempSync(join(tmpdir(), "coverage-"));
  const file = join(place, "tally.json");
  after(() => rmSync(place, { recursive: true }));
  const given = (text: string): ReturnType<typeof coverageIn> => {
    writeFileSync(file, text);
    return coverageIn(file);
  };

  const counts = {
    states: { "container running": 3 },
    edges: { "container: created --start-> starting.intending": 2 },
  };
  const printed = JSON.stringify({ schedules: 6, tally: { ...counts, calls: {} } });

  it("is read from before the verdict, and behind what npm says of itself", () => {
    assert.deepEqual(given(`${printed}\nsim: 6 schedules, 0 findings\n`), counts);
    assert.deepEqual(
      given(`\n> troupe@0.1.0 sim\n> sh scripts/setup.sh\n\n${printed}\nsim: 6 schedules, 1 findings\n`),
      counts,
    );
    assert.deepEqual(given(printed), counts);
  });

  it("is refused by name where it is none", () => {
    const refused = /tally\.json is no tally of a simulation: it has no counts of states and edges/;
    const strange = [
      '{"schedules":6}',
      "",
      "{",
      "null",
      "[]",
      '{"tally":null}',
      '{"tally":{"states":{"a":"b"},"edges":{}}}',
    ];
    for (const text of strange) assert.throws(() => given(text), refused, text);
    assert.throws(() => coverageIn(join(place, "none")), /there is no file .*none/);
    assert.throws(() => coverageIn(place), /there is no file/);
    truncateSync(file, 20 * 1024 * 1024);
    assert.throws(() => coverageIn(file), /has 20971520 bytes, so it is no tally/);
  });
});
