/** `troupe doctor`: what a host lacks, said before anything fails by it, and nothing changed by asking. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { census } from "../support/census.ts";
import { troupe, type Said } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";

const handler = (name: string, path: string): readonly string[] => [
  `[troupe.runtime.runtimes.${name}]`,
  `runtime_path = "${path}"`,
];

describe("troupe doctor", inTestNode, () => {
  let place: string;
  let nothingLeft: ReturnType<typeof census>;
  before(() => {
    place = mkdtempSync(join(tmpdir(), "doctor-"));
    mkdirSync(join(place, "net.d"));
  });
  beforeEach(() => {
    nothingLeft = census();
  });
  afterEach(() => nothingLeft({ marks: [place] }));
  after(() => rmSync(place, { recursive: true }));

  const asked = (...more: readonly string[]): Promise<Said> => {
    const lines = [
      "[troupe]",
      `root = "${place}/root"`,
      `runroot = "${place}/run"`,
      "[troupe.network]",
      `network_dir = "${place}/net.d"`,
      "[troupe.runtime]",
      'cgroup_manager = "cgroupfs"',
      ...more,
    ];
    writeFileSync(join(place, "troupe.toml"), `${lines.join("\n")}\n`);
    return troupe(place, "doctor");
  };

  it("says that pods can run where they can, by which runtimes, and what they go without", async () => {
    const { status, text, complaint } = await asked();
    assert.equal(complaint, "");
    assert.match(text, /^ok {5}handler crun +\/\S+ \d+\.\d+/m);
    assert.match(text, /^ok {5}handler runc +\/\S+ \d+\.\d+/m);
    assert.match(text, /^note {3}network +.*\(host-network pods run all the same\)$/m);
    assert.match(text, /^pods can run here$/m);
    assert.equal(status, 0);
  });

  it("names what stops pods, and ends with 1", async () => {
    const { status, text } = await asked(
      `seccomp_profile = "${place}/none.json"`,
      'default_runtime = "odd"',
      ...handler("odd", `${place}/odd`),
    );
    assert.match(text, new RegExp(`^BROKEN seccomp +${place}/none\\.json is missing, and RuntimeDefault with it`, "m"));
    assert.match(text, new RegExp(`^BROKEN handler odd +.*${place}/odd`, "m"));
    assert.match(text, /^2 of these stop pods from running$/m);
    assert.equal(status, 1);
  });

  it("only notes a handler that is broken and is nobody's default", async () => {
    const { status, text } = await asked(...handler("crun", "/usr/bin/crun"), ...handler("odd", `${place}/odd`));
    assert.match(text, new RegExp(`^note {3}handler odd +.*${place}/odd`, "m"));
    assert.equal(status, 0);
  });

  it("refuses settings that cannot be read by their line, with a status of its own", async () => {
    const { status, complaint } = await asked("pids_limit = many");
    assert.match(complaint, /troupe\.toml/);
    assert.match(complaint, /8:  pids_limit = many/);
    assert.equal(status, 2);
  });
});
