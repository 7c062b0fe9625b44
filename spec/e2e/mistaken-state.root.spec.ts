import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

describe("a state that is another daemon's, or not what it was", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let init: number;
  before(async () => {
    bed = await testBed({ name: "state" });
  });
  beforeEach(async () => {
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "exec sleep 7301");
    init = await eventually("the process of app", 2000, () => initOf("sleep\u00007301"));
  });
  afterEach(async (spec) => {
    await bed.kubelet.endPod(pod);
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const runsOn = async (): Promise<void> => {
    assert.ok(isThere(init));
    assert.equal((await bed.kubelet.podStatus(pod)).state, 0);
    assert.equal(await bed.kubelet.shell(app, "echo on"), "on");
  };

  const others: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["on the same directories", {}, "run"],
    ["with another run directory on the same state", { runroot: "other-run" }, "root"],
    ["with another state on the same run directory", { root: "other-root" }, "run"],
  ];
  for (const [which, changed, locked] of others)
    it(`a second daemon ${which} is refused with the lock, and the first one serves on`, async () => {
      const { place } = bed;
      let toml = readFileSync(join(place, "troupe.toml"), "utf8").replace("/cri.sock", "/other.sock");
      for (const [key, name] of Object.entries(changed))
        toml = toml.replace(new RegExp(`^${key} = .*$`, "m"), `${key} = "${place}/${name}"`);
      const config = join(bed.logs, "other.toml");
      writeFileSync(config, toml);
      const { status, stderr } = spawnSync(process.execPath, [program, "serve", "--config", config], {
        encoding: "utf8",
      });
      assert.equal(status, 1);
      const lock = `${place}/${locked}/daemon.lock`;
      assert.match(stderr, new RegExp(`^troupe serve: another troupe serve runs already: it holds ${lock}$`, "m"));
      await runsOn();
      for (const name of ["other-run", "other-root"]) rmSync(join(place, name), { recursive: true, force: true });
    });

  /** `path` is something else; the daemon says so and ends; as it was, all is as it was. */
  const replaced = async (path: string, replace: () => void, words: RegExp): Promise<void> => {
    const { daemon } = bed;
    await daemon.kill();
    renameSync(path, `${path}.kept`);
    replace();
    const { status, said } = await daemon.startTwice();
    assert.equal(status, 1);
    assert.match(said, words);
    assert.ok(isThere(init));
    rmSync(path, { recursive: true });
    renameSync(`${path}.kept`, path);
    await daemon.start();
    await runsOn();
  };

  it("durable records that are a directory: the daemon says so and touches nothing; put back, all is as it was", async () => {
    const file = join(bed.place, "root", "troupe.db");
    await replaced(
      file,
      () => mkdirSync(join(file, "of somebody"), { recursive: true }),
      /^troupe serve: the store \S+\/troupe\.db failed: it is damaged: EISDIR: .*; put a good copy in its place/m,
    );
  });

  it("this boot's records that are a file: the daemon says so and touches nothing; put back, all is as it was", async () => {
    const folder = join(bed.place, "run", "sandbox");
    await replaced(
      folder,
      () => writeFileSync(folder, "not a directory"),
      /^troupe serve: \S+\/run\/sandbox is not the directory of records that it was: put it back; /m,
    );
  });

  it("a record that is a directory: named, and its container runs on and is left alone; put back, it is back", async () => {
    const { daemon, kubelet } = bed;
    const path = join(daemon.runDir, "container", `${app}.json`);
    await daemon.kill();
    renameSync(path, join(bed.logs, "kept"));
    mkdirSync(join(path, "of somebody"), { recursive: true });
    await daemon.start();
    assert.match(daemon.lines.join("\n"), new RegExp(`${app}.json cannot be read \\(EISDIR.*left alone`));
    assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
    assert.ok(isThere(init));
    assert.deepEqual(readdirSync(path), ["of somebody"]);
    await daemon.kill();
    rmSync(path, { recursive: true });
    renameSync(join(bed.logs, "kept"), path);
    await daemon.start();
    await runsOn();
  });
});
