import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { document } from "../src/cli/machines.ts";
import { version } from "../src/version.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

it("docs/machines.md is what the charts say: npm run machines", () => {
  assert.equal(read("docs/machines.md"), document());
});

it("the version is the package's", () => {
  assert.equal((JSON.parse(read("package.json")) as { version: string }).version, version);
});
