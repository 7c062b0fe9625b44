/** docs/durability.md names files, specs, scenes and seeds: they are there, and each pain has a command. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SCENES } from "../scripts/sweep/point.ts";
import { root } from "./support/sources.ts";

const page = readFileSync(join(root, "docs/durability.md"), "utf8");
const all = (pattern: RegExp): readonly string[] => [...page.matchAll(pattern)].map(([, found = ""]) => found);
const pains = page.split("\n").filter((line) => /^\| \d+ /.test(line));

describe("docs/durability.md", () => {
  it("has a row for each of the twenty pains, with the thread, and the command that shows it", () => {
    assert.deepEqual(
      pains.map((row) => Number(/\d+/.exec(row)?.[0])),
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
    for (const row of pains) {
      const [, , , elsewhere = "", , shown = ""] = row
        .split(" | ")
        .map((cell) => cell.trim())
        .toSpliced(0, 0, "");
      assert.match(elsewhere, /[a-z-]+(\/[a-z]+)?#\d+/, row);
      assert.match(shown, /`npm (test|run)/, row);
    }
  });

  it("names only files that are there", () => {
    const files = all(/`((?:src|spec|scripts|docs)\/[\w./-]+)`/g);
    assert.ok(files.length > 10);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(root, file))),
      [],
    );
  });

  it("names only specs that the runner finds, scenes that the sweep has, and seeds that are kept", () => {
    const specs = readdirSync(join(root, "spec"), { recursive: true, encoding: "utf8" }).map((file) => `spec/${file}`);
    const filters = all(/`npm test -- ([a-z][\w./-]+)`/g);
    assert.deepEqual(
      filters.filter((filter) => !specs.some((spec) => spec.endsWith(".spec.ts") && spec.includes(filter))),
      [],
    );
    const known: readonly string[] = SCENES;
    assert.deepEqual(
      all(/--scene (\w+)(?!\|)\b/g).filter((scene) => !known.includes(scene)),
      [],
    );
    assert.deepEqual(
      all(/--replay ([\w./-]+)/g).filter((seed) => !existsSync(join(root, seed))),
      [],
    );
  });
});
