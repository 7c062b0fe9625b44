import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { leavePastBoot, thisBoot } from "../../src/composition/past-boot.ts";
import { tryLock } from "../../src/drivers/linux/flock.ts";

describe("a run directory", () => {
  const place = mkdtempSync(join(tmpdir(), "troupe-boot-"));
  after(() => rmSync(place, { recursive: true }));
  let number = 0;
  let [runroot, netnsDir] = ["", ""];
  let said: string[] = [];
  beforeEach(() => {
    [runroot, netnsDir] = [join(place, String(++number), "run"), join(place, String(number), "netns")];
    said = [];
    for (const folder of ["sandbox", "container", "monitor/c1", "exits", "oci/crun/c1", "ns"])
      mkdirSync(join(runroot, folder), { recursive: true });
    mkdirSync(netnsDir);
    for (const file of ["sandbox/s1.json", "container/c1.json", "exits/c1", "daemon.lock", "of-somebody-else"])
      writeFileSync(join(runroot, file), "");
    for (const pin of ["troupe-s1", "troupe-of-another-daemon"]) writeFileSync(join(netnsDir, pin), "");
  });
  const look = (boot: string): void =>
    leavePastBoot({ runroot, netnsDir, version: "0.1.0", boot, say: (level, text) => said.push(`${level}: ${text}`) });
  const isWhole = (): void => {
    assert.ok(existsSync(join(runroot, "sandbox/s1.json")));
    assert.ok(existsSync(join(netnsDir, "troupe-s1")));
  };

  it("that nobody has marked, as earlier versions did not, is of this boot", () => {
    look("one");
    isWhole();
    look("one");
    isWhole();
    assert.deepEqual(said, []);
  });

  it("of another boot is emptied of all that was of it, and of nothing else", () => {
    look("one");
    look("two");
    assert.deepEqual(readdirSync(runroot).toSorted(), ["boot", "daemon.lock", "monitor.lock", "of-somebody-else"]);
    assert.deepEqual(readdirSync(netnsDir), ["troupe-of-another-daemon"]);
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^info: \S+\/run is of another boot: 1 sandboxes and 1 containers are of the past, /);
    mkdirSync(join(runroot, "sandbox"));
    look("two");
    assert.ok(existsSync(join(runroot, "sandbox")));
  });

  it("in which a monitor lives is of this boot, whatever is written in it", () => {
    look("one");
    const monitor = tryLock(join(runroot, "monitor.lock"))!;
    look("two");
    monitor.release();
    isWhole();
    assert.match(
      said[0] ?? "",
      /^warning: \S+ says that it is of another boot, but its monitor lives: it is taken for/,
    );
  });

  it("whose mark is damaged is of this boot, with a warning, and marked anew", () => {
    look("one");
    const mark = readFileSync(join(runroot, "boot"), "utf8");
    writeFileSync(join(runroot, "boot"), mark.replace("one", "ome"));
    look("two");
    isWhole();
    assert.match(
      said[0] ?? "",
      /^warning: the mark \S+\/boot cannot be read: it is damaged: .* taken for this boot's$/,
    );
    look("two");
    assert.equal(said.length, 1);
  });

  it("that takes no mark is served all the same", () => {
    mkdirSync(join(runroot, "boot.new"));
    look("one");
    isWhole();
    assert.match(said[0] ?? "", /^warning: the mark \S+\/boot cannot be written: EISDIR.*; the next daemon will look/);
  });

  it("is marked with the kernel's boot and the life of the node's first process", () => {
    assert.match(thisBoot(), /^[0-9a-f-]{36}\/\d+$/);
    assert.equal(thisBoot(), thisBoot());
  });
});
