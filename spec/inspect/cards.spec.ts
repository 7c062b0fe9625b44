/** What is told of a pod, out of a recording: what it waits for, and whether that is stuck. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupsOf, type Card, type Group } from "../../src/inspect/cards.ts";
import { picturedScene } from "../../src/inspect/pictured-scene.ts";
import { groupLines } from "../../src/cli/terminal/explained-text.ts";
import { screenOf, type Screen } from "../../src/cli/terminal/screen.ts";
import { containerOf, Tape, tearingDown, wholeId } from "../support/tape.ts";

const groupsIn = (tape: Tape, stuckMs?: number): readonly Group[] =>
  groupsOf(picturedScene(tape.picture, tape.mono), { ...(stuckMs !== undefined && { stuckMs }) });
const cardOf = (tape: Tape, actor: string, stuckMs?: number): Card | undefined =>
  groupsIn(tape, stuckMs)
    .flatMap(({ restless, resting }) => [...restless, ...resting])
    .find((card) => card.actor.id === actor);
const plainScreen = (width: number): Screen => screenOf({ columns: width }, {});
const textOf = (tape: Tape, width = 200): string =>
  groupsIn(tape)
    .flatMap((group) => groupLines(group, tape.mono, plainScreen(width)))
    .join("\n");

const container = `container/${containerOf("a1")}`;
const stopping = (tape: Tape, deadline: number): Tape =>
  tape.moved(container, "stopping.waiting", { work: { n: 1, verb: "stop", since: tape.mono }, deadline });

describe("a card", () => {
  it("has the cause, since when, what ends it, who asked and where to read on", () => {
    const text = textOf(tearingDown());
    for (const words of [
      "default/web-0 is stuck: 2 things in it not at rest",
      "default/web-0 sandbox a10000000000: stuck for 6 min 1 s",
      "state       stopping.detaching, for 6 min 1 s",
      "work        stop, for 6 min 1 s",
      "waits for   detached: the pod's network attachment goes",
      "behind      attachment a10000000000",
      "waits for   until: the next try, after one that failed",
      "ends        next try in 40 s",
      "tried       7 times",
      "last error  plugin calico: dial tcp 10.0.0.1:443: i/o timeout (1.0 s ago)",
      "asked by    StopPodSandbox by kubelet/1.36, for 6 min 1 s, gives up in 39 s",
      "look at     `last trouble` has the plugin's words; docs/stuck.md#attachment-until",
      "at rest     container app (ca1000000000) stopped for 6 min 1 s, ended with signal 9, killed for memory",
    ])
      assert.ok(text.includes(words), `${words}\nis not in\n${text}`);
  });

  it("of a pod at rest says that nothing is awaited, and since when", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" }).wait(180_000);
    assert.match(textOf(tape), /^default\/web-0 is at rest: nothing is awaited, for 3 min\n/);
  });

  it("tells ages by the clock of the boot: the wall's may be set back in between", () => {
    const tape = tearingDown();
    tape.wall -= 3_600_000;
    tape.say({ kind: "said", level: "info", text: "a word" });
    assert.match(textOf(tape), /stuck for 6 min 1 s/);
    assert.match(textOf(tape), /StopPodSandbox by kubelet\/1\.36, for 6 min 1 s, gives up in 39 s/);
  });

  it("lets nothing through that moves the cursor", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web\x1b]0;title\x07\x1b[2J" });
    tape.moved(container, "removing.resting", {
      trouble: { code: "Failed", text: "a\x1b[31m\nb\u202e", at: tape.mono },
      tries: 1,
    });
    const lines = groupsIn(tape).flatMap((group) => groupLines(group, tape.mono, plainScreen(100)));
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    assert.match(lines.join("\n"), /web\\x1b\]0;title\\x07/);
  });

  it("fits a terminal of 20 columns, and of any other width", () => {
    for (const width of [20, 33, 50, 80, 121])
      for (const line of textOf(tearingDown(), width).split("\n"))
        assert.ok(Array.from(line).length <= width, `${width} columns: ${line}`);
  });
});

describe("what is stuck", () => {
  it("is what has not been at rest for half a minute", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
    tape.moved(container, "starting.spawning", { work: { n: 1, verb: "start", since: tape.mono } }).wait(29_000);
    assert.equal(cardOf(tape, container)?.stuck, false);
    assert.equal(cardOf(tape.wait(1_000), container)?.stuck, true);
    assert.equal(cardOf(tape, container, 60_000)?.stuck, false);
  });

  it("is not what takes the time that its client has given it, nor who waits for that", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
    const sandbox = `sandbox/${wholeId("a1")}`;
    tape.moved(sandbox, "stopping.emptying", { work: { n: 1, verb: "stop", since: tape.mono } });
    stopping(tape, tape.mono + 120_000).wait(100_000);
    assert.deepEqual([cardOf(tape, container)?.stuck, cardOf(tape, sandbox)?.stuck], [false, false]);
    tape.wait(50_000);
    assert.deepEqual([cardOf(tape, container)?.stuck, cardOf(tape, sandbox)?.stuck], [true, true]);
  });

  it("is not what gets on: an image of which bytes come", () => {
    const pull = "image-pull/p1";
    const tape = new Tape().born(pull, "fetching", { parent: "images", name: { image: "docker.io/library/large" } });
    tape.say({
      ...{ kind: "call", n: 1, by: pull, driver: "images", verb: "fetch", id: "p1", boundMs: null, begun: true },
    });
    tape.wait(100_000).say({ kind: "doing", n: 1, text: "5 of 9 MiB" }).wait(10_000);
    assert.equal(cardOf(tape, pull)?.stuck, false);
    assert.equal(cardOf(tape.wait(20_000), pull)?.stuck, true);
  });

  it("is not a command that runs for as long as its client wants", () => {
    const tape = new Tape().born("exec/e1", "running", { parent: `pod/${wholeId("a1")}` }).wait(3_600_000);
    assert.equal(cardOf(tape, "exec/e1")?.stuck, false);
  });

  it("is what is in quarantine", () => {
    const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" });
    tape.say({ kind: "gone", actor: container, how: "crashed", text: "a slip" });
    assert.equal(cardOf(tape, container)?.stuck, false);
    tape.say({ kind: "gone", actor: container, how: "quarantined", text: "a slip" });
    assert.equal(cardOf(tape, container)?.stuck, true);
    assert.match(textOf(tape), /quarantined +a slip; it begins again when it is told to/);
  });

  it("comes first, then what is busy, by age", () => {
    const tape = new Tape();
    for (const [id, pod] of [
      ["a1", "busy"],
      ["b1", "resting"],
      ["d1", "stuck"],
    ] as const)
      tape.pod(id, { namespace: "default", pod });
    tape.moved(`sandbox/${wholeId("d1")}`, "removing.cleaning").wait(40_000);
    tape.moved(`sandbox/${wholeId("a1")}`, "removing.cleaning").wait(5_000);
    assert.deepEqual(
      groupsIn(tape).map(({ label, stuck }) => [label, stuck]),
      [
        ["default/stuck", true],
        ["default/busy", false],
        ["default/resting", false],
      ],
    );
  });
});
