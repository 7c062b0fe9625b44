import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readInForce } from "../../../src/drivers/cgroup/in-force.ts";

const rootWith = (test: TestContext, files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), "troupe-cgroup-"));
  test.after(() => rmSync(root, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
};

describe("what is in force in a cgroup", () => {
  it("is read from the one hierarchy of v2", (test: TestContext) => {
    const root = rootWith(test, {
      "pod/c/memory.current": "4096\n",
      "pod/c/cpuset.cpus": "\n",
      "pod/c/cpuset.cpus.effective": "0-3\n",
      "pod/c/cpuset.mems.effective": "0\n",
    });
    assert.deepEqual(readInForce(root, "v2", "/pod/c"), { memoryBytes: 4096, cpus: "0-3", mems: "0" });
  });

  it("is read from each controller's hierarchy of v1", (test: TestContext) => {
    const root = rootWith(test, {
      "memory/pod/c/memory.usage_in_bytes": "8192\n",
      "cpuset/pod/c/cpuset.cpus": "0-1\n",
      "cpuset/pod/c/cpuset.mems": "0\n",
    });
    assert.deepEqual(readInForce(root, "hybrid", "/pod/c"), { memoryBytes: 8192, cpus: "0-1", mems: "0" });
  });

  it("is nothing where the host does not count, or there is no cgroup", (test: TestContext) => {
    assert.deepEqual(readInForce(rootWith(test, {}), "v2", "/pod/c"), {});
  });
});
