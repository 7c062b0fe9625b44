import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { compare } from "../../../scripts/layers/comparison.ts";
import { drawStack } from "../../../scripts/layers/draw.ts";
import { hasUmoci } from "../../../scripts/layers/unpackers.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { cases } from "../../support/long.ts";

/** The same ones each time: `npm run layers` goes and looks for others. */
const firstSeed = Number(process.env["TROUPE_SEED"] ?? 1);
const whereUmociIs = "skip" in inTestNode || hasUmoci() ? inTestNode : { skip: "needs umoci: apt-get install umoci" };

describe("stacks of layers, drawn at random", whereUmociIs, () => {
  let place = "";
  before(() => (place = mkdtempSync("/var/lib/troupe/stacks-")));
  after(() => rmSync(place, { recursive: true }));

  it("are in overlay what umoci unpacks, but for what is explained", async (test) => {
    const stacks = cases(40, 400);
    test.diagnostic(`npm run layers -- --stacks ${stacks} --seed ${firstSeed}`);
    let unpacked = 0;
    for (let seed = firstSeed; seed < firstSeed + stacks; seed += 1) {
      const { unexplained, outcome } = await compare(drawStack(seed), place);
      assert.deepEqual(unexplained, [], `see: npm run layers -- --stacks 1 --seed ${seed}`);
      if (outcome === "unpacked") unpacked += 1;
    }
    assert(unpacked > stacks / 2, `${unpacked} of ${stacks} could be unpacked at all`);
  });
});
