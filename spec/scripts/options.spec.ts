/** What people type at the scripts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: "utf8" });
  return { status, stdout, stderr };
};

describe("a script's options", () => {
  it("that are not known, or are no numbers, are named beside the usage, and nothing is begun", () => {
    for (const [args, wrong] of [
      [["--sedes", "1"], "Unknown option '--sedes'"],
      [["--seed", "0x"], '--seed is a whole number from 1 on, not "0x"'],
      [["--schedules", "-3"], "--schedules"],
    ] as const) {
      const { status, stdout, stderr } = run("scripts/sim/main.ts", ...args);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.ok(stderr.includes(wrong), stderr);
      assert.match(stderr, /\nusage: npm run sim -- .*\n$/);
    }
  });

  it("are told when asked for", () => {
    for (const script of ["sim/main", "soak/main", "sweep/main", "beat/main", "mutants", "demo/main"]) {
      const { status, stdout } = run(`scripts/${script}.ts`, "--help");
      assert.equal(status, 0);
      assert.match(stdout, /^usage: npm run [\w-]+ -- \[--/);
    }
  });
});
