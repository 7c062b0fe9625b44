/** What `troupe top` shows, what its keys do, and how it follows a recording that grows. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RingTail } from "../../src/cli/ring-tail.ts";
import { screenOf } from "../../src/cli/terminal/screen.ts";
import { frame } from "../../src/cli/terminal/top-frame.ts";
import { atFirst, keysIn, pressed, type TopView } from "../../src/cli/terminal/top-keys.ts";
import { listed } from "../../src/cli/terminal/top-list.ts";
import { picturedScene } from "../../src/inspect/pictured-scene.ts";
import { eventually } from "../support/eventually.ts";
import { containerOf, Tape, tearingDown, wholeId } from "../support/tape.ts";

const ids = ["one", "two", "three"];
const after = (view: TopView, text: string): TopView =>
  keysIn(text).reduce((before, key) => pressed(before, key, ids), view);

describe("the keys of top", () => {
  it("select, open and close, and end it", () => {
    assert.equal(after(atFirst, "jj").selected, "two");
    assert.equal(after(atFirst, "\x1b[B\x1b[B\x1b[A").selected, "one");
    assert.equal(after(atFirst, "jjjjjj").selected, "three");
    const opened = after(atFirst, "jj\r");
    assert.deepEqual([opened.page, opened.selected], ["explain", "two"]);
    assert.equal(after(opened, "h").page, "history");
    assert.equal(after(opened, "q").page, undefined);
    assert.equal(after(opened, "q").selected, "two");
    assert.equal(after(opened, "qq").over, true);
    assert.equal(after(atFirst, "\x03").over, true);
  });

  it("type a filter, which may have any letter in it", () => {
    assert.deepEqual(after(atFirst, "/q h\x7f"), { ...atFirst, typing: true, filter: "q " });
    assert.deepEqual(after(atFirst, "/web\rj"), { ...atFirst, filter: "web", selected: "one" });
    assert.equal(after(atFirst, "/web\x1b").filter, "");
  });
});

describe("the frame of top", () => {
  const tape = tearingDown();
  for (let n = 0; n < 60; n++) tape.pod(`e${String(n).padStart(3, "0")}`, { namespace: "many", pod: `p${n}` });
  const scene = picturedScene(tape.picture, tape.mono);
  const cards = listed(scene, 30_000);
  const framed = (view: TopView, width: number, rows: number): readonly string[] =>
    frame({ said: "troupe 1.0.0, process 1", cards, mono: scene.mono, view }, screenOf({ columns: width }, {}), rows);

  it("has what is stuck first, and fits the terminal, however small", () => {
    assert.match(framed(atFirst, 140, 24).join("\n"), /FOR .*\nstuck 6 min 1 s .*default\/web-0 +sandbox a10000000000/);
    for (const [width, rows] of [
      [20, 5],
      [20, 24],
      [79, 10],
      [80, 24],
      [200, 60],
    ] as const) {
      const lines = framed(atFirst, width, rows);
      assert.equal(lines.length, rows);
      for (const line of lines) assert.ok(Array.from(line).length <= width, `${width} columns: ${line}`);
    }
  });

  it("shows the selected one, wherever it is in the list", () => {
    for (const width of [20, 100])
      for (const { actor } of cards) {
        const lines = framed({ ...atFirst, selected: actor.id }, width, 16);
        assert.ok(
          lines.some((line) => line.startsWith("\x1b[7m")),
          `${actor.id} is not seen`,
        );
      }
  });

  it("has those alone that have the filter in their line", () => {
    assert.deepEqual(
      listed(scene, 30_000, "many/p7").map(({ label }) => label),
      ["many/p7", "many/p7", "many/p7/app"],
    );
  });
});

describe("a recording that grows", () => {
  const inDirectory = async (act: (directory: string) => Promise<void>): Promise<void> => {
    const directory = mkdtempSync(join(tmpdir(), "tail-"));
    try {
      await act(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
  const container = `container/${containerOf("a1")}`;

  it("is followed line by line, into the next segment, and over the death of its daemon", () =>
    inDirectory(async (directory) => {
      const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
      const first = join(directory, "00000001.ndjson");
      writeFileSync(first, tape.lines);
      let reads = 0;
      const tail = new RingTail(directory, () => reads++);
      const isIn = (state: string): Promise<void> =>
        eventually(state, () => tail.picture.actors.get(container)?.state === state);
      await isIn("running");
      assert.equal(reads, 0, "nothing has come since");

      const whole = tape.lines;
      const more = tape.moved(container, "stopping.asking").lines.slice(whole.length);
      appendFileSync(first, more.slice(0, 20)); // half of a line is no record yet
      appendFileSync(first, more.slice(20));
      await isIn("stopping.asking");

      const before = tape.lines.length;
      tape.moved(container, "stopped");
      writeFileSync(join(directory, "00000002.ndjson"), tape.lines.slice(before));
      await isIn("stopped");
      assert.deepEqual([tail.picture.gaps, tail.damaged], [0, 0]);

      writeFileSync(join(directory, "00000003.ndjson"), new Tape().lines);
      rmSync(first);
      await eventually("a daemon that begins, with nothing of the one before", () => tail.picture.actors.size === 0);
      tail.close();
    }));

  it("begins with the newest segment that tells all, and reads that once", () =>
    inDirectory(async (directory) => {
      const old = new Tape().pod("b2", { namespace: "default", pod: "old-0" });
      writeFileSync(join(directory, "00000001.ndjson"), old.lines);
      const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
      const second = join(directory, "00000002.ndjson");
      const before = tape.lines.length;
      tape.moved(container, "stopped");
      writeFileSync(second, tape.lines.slice(0, before + 20)); // it is being written
      const tail = new RingTail(directory, () => {});
      assert.equal(tail.picture.actors.get(container)?.state, "running");
      appendFileSync(second, tape.lines.slice(before + 20));
      await eventually("the next line", () => tail.picture.actors.get(container)?.state === "stopped");
      assert.deepEqual([tail.picture.gaps, tail.damaged], [0, 0]);
      tail.close();
    }));

  it("that is damaged is followed all the same, and the damage is counted", () =>
    inDirectory((directory) => {
      const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
      writeFileSync(join(directory, "00000001.ndjson"), `${tape.lines}{"seq":\nnonsense\n`);
      const tail = new RingTail(directory, () => {});
      assert.equal(tail.damaged, 2);
      assert.ok(tail.picture.actors.has(`sandbox/${wholeId("a1")}`));
      tail.close();
      return Promise.resolve();
    }));
});
