/** A schedule of the simulation as a recording, for the same eyes as a node's. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { recordSchedule } from "../../scripts/sim/recording.ts";
import { savedRecording } from "../../src/cli/recording-file.ts";
import { Flight } from "../../src/fuzz/flight.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { Replayer } from "../../src/inspect/replay.ts";

describe("a schedule that is recorded", () => {
  let place: string;
  before(() => void (place = mkdtempSync(join(tmpdir(), "troupe-sim-recording-"))));
  after(() => rmSync(place, { recursive: true }));

  it("is a recording like any other, with what befell in the daemon's words, and all its transitions agree", async () => {
    const file = join(place, "seed.html");
    const { findings, told } = await recordSchedule({ seed: 14 }, file);
    assert.deepEqual(findings, []);
    assert.match(told.at(-1) ?? "", /seed\.html: \d+ records$/);
    const { about, records } = savedRecording(file);
    assert.equal(about?.records, records.length);
    const words = records.flatMap((one) => (one.kind === "said" ? [one.text] : []));
    assert.ok(words.includes("the daemon dies"), words.slice(0, 20).join("\n"));
    const replayer = new Replayer();
    for (const record of records) replayer.apply(record);
    const { steps, agreed, unkeyed, first } = replayer.result;
    assert.equal(first, undefined);
    assert.deepEqual([agreed, unkeyed], [steps, 0]);
  });

  it("ends with what was found, as the last of its words", () => {
    const flight = new Flight({ version: "1.0.0", charts: "sum" });
    flight.conclude(["container a runs", "and nobody asked"]);
    const { records } = readLines(flight.ring.text);
    assert.deepEqual(
      records.map((one) => (one.kind === "said" ? [one.seq, one.level, one.text] : [])),
      [
        [1, "error", "container a runs"],
        [2, "error", "and nobody asked"],
      ],
    );
  });

  it("goes into a page or into lines, and nowhere else", async () => {
    await assert.rejects(recordSchedule({ seed: 1 }, join(place, "seed.txt")), /is to end in \.html, or in \.ndjson/);
  });
});
