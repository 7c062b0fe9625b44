import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { machines } from "../src/machines/catalogue.ts";
import type { StateMeta } from "../src/machines/slot.ts";
import { allStates, type Node } from "./support/charts.ts";
import { document } from "../src/cli/machines.ts";
import { version } from "../src/version.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

it("docs/machines.md is what the charts say: npm run machines", () => {
  assert.equal(read("docs/machines.md"), document());
});

it("the version is the package's", () => {
  assert.equal((JSON.parse(read("package.json")) as { version: string }).version, version);
});

it("docs/stuck.md explains every wait of every machine, and no other", () => {
  const anchors = [...read("docs/stuck.md").matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const helps = Object.values(machines).flatMap(({ root }) =>
    allStates(root as unknown as Node).flatMap(({ meta }) => (meta ? [(meta as StateMeta).help] : [])),
  );
  assert.deepEqual(anchors.toSorted(), [...new Set(helps)].toSorted());
});
