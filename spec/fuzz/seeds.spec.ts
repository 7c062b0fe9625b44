/**
 * One schedule for each bug that simulation has found. Each found it before it was mended, and finds nothing since. A tape is
 * a list of choices: whoever changes what is drawn, or in which order, makes other schedules of them.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Tape } from "../../src/fuzz/choices.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { tick } from "../../scripts/sim/tick.ts";
import { root } from "../support/sources.ts";

interface Seed {
  /** What was found. */
  readonly bug: string;
  /** What mended it. */
  readonly mended: string;
  readonly tape: Tape;
}

const folder = join(root, "spec/seeds");
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

describe("a bug that simulation has found", () => {
  const stage = setStage();
  for (const file of files) {
    const { bug, mended, tape } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Seed;
    it(`does not come back: ${bug}`, async () => {
      assert.ok(bug !== "" && mended !== "", `${file} says what was wrong, and what mended it`);
      const { findings } = await rehearse({ tape }, { stage, tick });
      assert.deepEqual(findings, [], `see: npm run sim -- --replay spec/seeds/${file}`);
    });
  }
});
