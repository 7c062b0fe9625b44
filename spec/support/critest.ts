/** Some of critest, as `npm run conformance` runs all of it: that the whole of it would find its way. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { conformanceBed, leaveBed, type Runtime } from "../../scripts/conformance/bed.ts";
import { packagesPlace } from "../../scripts/conformance/packages.ts";
import { validate } from "../../scripts/conformance/suite.ts";
import { critest, criToolsVersion } from "../../scripts/cri-tools/place.ts";
import { inTestNode } from "./in-test-node.ts";
import type { TestBed } from "./test-bed.ts";

const withCritest =
  existsSync(critest) && existsSync(packagesPlace)
    ? inTestNode
    : { skip: `needs critest ${criToolsVersion} and its images: npm run conformance -- --prepare (with Go)` };

/** Of each kind one that is quick: names, images, network, streams, processes, users, mounts, a log at once after the start. */
const quick = [
  "Idempotence",
  "Runtime info",
  "preserving PodSandbox attributes",
  "HostNetwork is true",
  "with host port and container port",
  "exec with tty=true",
  "ContainerPID",
  "RunAsUserName",
  "recursive readonly mounts",
  "listImage should get exactly 3 image",
  "same image identifier when pulled",
];

/** A describe of its own. A bed, its images and these specs take half a minute of an idle machine: one runtime in a file. */
export const passesQuickSpecs = (runtime: Runtime): void =>
  void describe(`critest with ${runtime}`, withCritest, () => {
    let bed: TestBed;
    before(async () => {
      bed = await conformanceBed(runtime, packagesPlace);
    });
    after(() => leaveBed(bed));

    it("passes, as far as it is quick", async () => {
      const specs = await validate({ bed, log: `${bed.logs}/critest.log` }, quick);
      assert.ok(specs.length > 15, `${specs.length} specs ran`);
      assert.deepEqual(
        specs.filter(({ outcome }) => outcome !== "passed").map(({ name, why }) => `${name}: ${why}`),
        [],
      );
    });
  });
