import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { replaceFile } from "../../../src/drivers/linux/replace-file.ts";

const dir = mkdtempSync(join(tmpdir(), "replace-"));
after(() => rmSync(dir, { recursive: true }));

describe("a file that is replaced", () => {
  it("has its new content and is its owner's alone", () => {
    const path = join(dir, "file");
    replaceFile(path, "old");
    replaceFile(path, "new");
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("leaves nothing beside what it cannot replace", () => {
    const path = join(dir, "directory");
    mkdirSync(join(path, "inside"), { recursive: true });
    assert.throws(() => replaceFile(path, "x"), { code: "EISDIR" });
    assert.deepEqual(readdirSync(dir), ["directory", "file"]);
  });
});
