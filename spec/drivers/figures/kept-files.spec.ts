import assert from "node:assert/strict";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DescriptorBudget, KeptFiles } from "../../../src/drivers/figures/kept-files.ts";
import { openDescriptors } from "../../support/eventually.ts";
import { inFolder, writeFiles } from "./support.ts";

describe("files that stay open", () => {
  it("are as many as the budget lets them; others are opened for each reading, and read the same", () =>
    inFolder((folder) => {
      writeFiles(folder, { a: "1", b: "2", c: "3" });
      const budget = new DescriptorBudget(2);
      const [one, other] = [new KeptFiles(budget), new KeptFiles(budget)];
      const before = openDescriptors();
      const read = () => [one.read(join(folder, "a")), one.read(join(folder, "b")), other.read(join(folder, "c"))];
      assert.deepEqual(
        [read(), read()],
        [
          ["1", "2", "3"],
          ["1", "2", "3"],
        ],
      );
      assert.equal(openDescriptors() - before, 2);
      one.close();
      assert.equal(openDescriptors(), before);
      other.read(join(folder, "c"));
      assert.equal(openDescriptors() - before, 1, "what one gives back another one may keep");
      other.close();
    }));

  it("that are not there are not looked for again", () =>
    inFolder((folder) => {
      const files = new KeptFiles(new DescriptorBudget(2));
      let opened = 0;
      const open = (path: string): number => (opened++, openSync(path, "r"));
      assert.equal(files.read(join(folder, "late"), open), undefined);
      writeFileSync(join(folder, "late"), "here");
      assert.equal(files.read(join(folder, "late"), open), undefined);
      assert.equal(opened, 1);
    }));

  it("are read whole where the kernel gives them page by page", () => {
    const files = new KeptFiles(new DescriptorBudget(1));
    const text = files.read("/proc/self/maps") ?? "";
    assert.ok(text.length > 8192 && text.endsWith("\n"), `${text.length} bytes`);
    assert.ok(text.includes("[vdso]") || text.includes("[stack]"));
    files.close();
  });

  it("whose reading fails say why, and are closed with the rest", () =>
    inFolder((folder) => {
      const files = new KeptFiles(new DescriptorBudget(1));
      const before = openDescriptors();
      assert.throws(() => files.read(folder), { code: "EISDIR" });
      files.close();
      assert.equal(openDescriptors(), before);
    }));
});
