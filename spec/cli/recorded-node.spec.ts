/** The commands that look at a node, where there is no daemon: what they say of its recording, and of what is wrong with it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { said, type Said } from "../support/command.ts";
import { Tape, tearingDown } from "../support/tape.ts";

const place = mkdtempSync(join(tmpdir(), "recorded-"));
after(() => rmSync(place, { recursive: true }));

let nodes = 0;
/** A run directory with this recording. */
const nodeOf = (text: string): string => {
  const runDir = join(place, `run-${++nodes}`);
  new Tape().writeTo(runDir, text);
  return runDir;
};
const troupe = (runDir: string, ...args: readonly string[]): Promise<Said> => said([...args, "--run-dir", runDir]);
const tape = tearingDown().pod("b1", { namespace: "kube-system", pod: "web-0" });
const whole = nodeOf(tape.lines);

describe("without a daemon", () => {
  it("explain tells what was recorded, says so in its first line, and ends with 3", async () => {
    const { status, text } = await troupe(whole, "explain", "default/web-0");
    assert.equal(status, 3);
    assert.match(text, /^no daemon answers on .*inspect\.sock; its process 1 is there\. This is what it recorded, /);
    assert.match(text, /default\/web-0 is stuck/);
    assert.match(text, /last error {2}plugin calico: dial tcp 10\.0\.0\.1:443: i\/o timeout/);
    assert.match(text, /before [^]*: ready → stopping\.detaching \(stop, after 1 min\)/);
  });

  it("explain says in JSON all that it says in words", async () => {
    const { status, text } = await troupe(whole, "explain", "default/web-0", "-o", "json");
    const said = JSON.parse(text) as { from: string; stuck: number; groups: readonly { readonly label: string }[] };
    assert.deepEqual([status, said.from, said.stuck, said.groups[0]?.label], [3, "recording", 1, "default/web-0"]);
  });

  it("top, tree and waits tell of it too, and history ends well, for it needs no daemon", async () => {
    const [top, tree, waits, history] = await Promise.all([
      troupe(whole, "top"),
      troupe(whole, "tree"),
      troupe(whole, "waits", "--by"),
      troupe(whole, "history", "default/web-0", "--compact"),
    ]);
    assert.deepEqual([top.status, tree.status, waits.status, history.status], [3, 3, 3, 0]);
    assert.match(top.text, /\n2 stuck, 0 busy, 4 at rest\n/);
    assert.match(tree.text, /sandbox a10000000000: stopping\.detaching for 6 min 1 s, waits for detached, stuck/);
    assert.match(waits.text, /StopPodSandbox by kubelet\/1\.36, for 6 min 1 s\n└─ .*stopping\.detaching.*\n {3}└─ /);
    assert.match(history.text, /ready → stopping, 1 min\n/);
  });

  it("names with several meanings and names with none are usage errors, which name what there is", async () => {
    const [several, none, two] = await Promise.all([
      troupe(whole, "explain", "web-0"),
      troupe(whole, "explain", "wed-0"),
      troupe(whole, "explain", "web-0", "web-1"),
    ]);
    assert.deepEqual([several.status, none.status, two.status], [2, 2, 2]);
    assert.match(several.complaint, /"web-0" may be any of 2: default\/web-0 \(a10+\), kube-system\/web-0 \(b10+\)\n$/);
    assert.match(none.complaint, /there is no pod, container or other thing "wed-0" here; the nearest are web-0/);
    assert.match(two.complaint, /usage: troupe explain \[POD\|ID\]/);
  });
});

describe("a recording that", () => {
  it("is not there is said to be missing", async () => {
    const [explain, history] = await Promise.all([
      troupe(join(place, "nothing"), "explain"),
      troupe(join(place, "nothing"), "history", "web-0"),
    ]);
    assert.deepEqual([explain.status, history.status], [3, 3]);
    assert.match(explain.text, /^no daemon answers on .*, and nothing is recorded in .*nothing\/flight\n/);
    assert.match(history.complaint, /^troupe history: nothing is recorded in /);
  });

  it("is cut or damaged is read as far as it goes, and the damage is said", async () => {
    const lines = tape.lines.split("\n");
    lines[3] = `${lines[3]?.slice(0, 40)}`;
    const runDir = nodeOf(`${lines.join("\n")}{"seq":99,"mo`);
    const { status, text } = await troupe(runDir, "explain", "default/web-0");
    assert.equal(status, 3);
    assert.match(text, /\n2 lines of the recording cannot be read and are left out\n/);
    assert.match(text, /default\/web-0 is stuck/);
  });

  it("is of another format is left out, and said to be", async () => {
    const runDir = nodeOf(tape.lines.replaceAll('"format":1', '"format":7'));
    const { status, text } = await troupe(runDir, "explain");
    assert.equal(status, 3);
    assert.match(text, /parts of it are of format 7, which this Troupe does not know, and are left out/);
  });
});

describe("the help of each command", () => {
  for (const command of ["explain", "top", "tree", "history", "waits", "machines"])
    it(`of ${command} has its exit status and an example`, async () => {
      const { status, text } = await said([command, "--help"]);
      assert.equal(status, 0);
      assert.match(text, new RegExp(`^usage: troupe ${command}[^]*\nExit status: [^]*\nExample: troupe ${command}`));
    });
});
