/** Terminals, stdin and streams where most of them will be: on the kernel of a Debian 12. The specs are those of a test node. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inVm } from "./support/in-vm.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("into a container and out of it, on a fresh Debian 12", inVm, () => {
  for (const file of ["e2e/streaming", "monitor/terminals", "monitor/stdin", "monitor/copies"])
    it(`all of spec/${file}.root.spec.ts holds`, () => {
      const words = ["scripts/test-node.sh", process.execPath, "--test", `spec/${file}.root.spec.ts`];
      const { status, stdout, stderr } = spawnSync("sh", words, { cwd: root, encoding: "utf8" });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.match(stdout, /^ℹ skipped 0$/m);
    });
});
