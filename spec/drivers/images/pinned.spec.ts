import assert from "node:assert/strict";
import { it } from "node:test";
import { isPinned } from "../../../src/drivers/images/pinned.ts";
import type { Image } from "../../../src/vocabulary/index.ts";

const digest = `registry.k8s.io/pause@sha256:${"a".repeat(64)}`;
const image = { repoTags: ["registry.k8s.io/pause:3.10"], repoDigests: [digest] } as unknown as Image;

for (const [pattern, wanted] of [
  ["registry.k8s.io/pause:3.10", true],
  ["Registry.K8s.io/Pause:3.10", true],
  [digest, true],
  ["registry.k8s.io/pause", false],
  ["registry.k8s.io/pause:3.1", false],
  ["registry.k8s.io/*", true],
  ["pause*", false],
  ["*pause*", true],
  ["*PAUSE:3*", true],
  ["*other*", false],
  ["*pause:3.10", false],
  ["registry.k8s.io/p.*", false],
  ["*", false],
  ["**", false],
  ["", false],
] as const)
  it(`an image is ${wanted ? "" : "not "}pinned by ${JSON.stringify(pattern)}`, () => {
    assert.equal(isPinned(image, ["nothing", pattern]), wanted);
  });
