/** The demo as people run it, each time on a test node of its own within this one. It checks itself: see scripts/demo. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inTestNode } from "../support/in-test-node.ts";

const demo = fileURLToPath(new URL("../../scripts/demo/main.ts", import.meta.url));

/** What it printed, where its status was 0. */
const run = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo, ...args], { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
};

const nothing =
  "left behind: 0 processes, 0 mounts, 0 namespaces, 0 cgroups, 0 interfaces, 0 firewall rules, 0 files\n";

describe("the demo", inTestNode, () => {
  for (const runtime of ["crun", "runc"]) {
    it(`ends well with ${runtime} and leaves nothing behind`, () => {
      const printed = run("--runtime", runtime);
      assert.ok(printed.includes(nothing));
      assert.match(printed, new RegExp(`^demo: ok \\(${runtime}, `, "m"));
    });
  }

  for (const seed of ["2", "12", "16", "20", "23"]) {
    it(`ends well when the daemon is killed where seed ${seed} says`, () => {
      const printed = run("--kill-seed", seed);
      assert.match(printed, new RegExp(`the daemon was killed .*\\(seed ${seed}\\)`));
      assert.ok(printed.includes(nothing));
    });
  }
});
