/** The demo as the first thing that a user runs, on the system that most of them have. It checks itself: see scripts/demo. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inVm } from "./support/in-vm.ts";

const demo = fileURLToPath(new URL("../../scripts/demo/main.ts", import.meta.url));
const nothing =
  "left behind: 0 processes, 0 mounts, 0 namespaces, 0 cgroups, 0 interfaces, 0 firewall rules, 0 files\n";

describe("the demo on a fresh Debian 12", inVm, () => {
  for (const runtime of ["crun", "runc"])
    it(`ends well with ${runtime} and leaves nothing behind`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [demo, "--runtime", runtime], {
        encoding: "utf8",
      });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.ok(stdout.includes(nothing), stdout);
    });
});
