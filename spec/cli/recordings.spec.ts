/** `troupe record` and `troupe replay`: what is saved is told, comes back whole, and is refused in words where it does not. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, mock } from "node:test";
import { recordingFrom, recordingText } from "../../src/cli/recording-file.ts";
import { run as record } from "../../src/cli/record.ts";
import { run as replay } from "../../src/cli/replay.ts";
import { Replayer } from "../../src/inspect/replay.ts";
import { isTransition, longRecording, recordedText } from "../support/recorded-schedules.ts";

describe("a recording", () => {
  let place: string;
  const at = (name: string): string => join(place, name);
  /** Exit status and what was said. */
  const told = async (command: typeof record, ...args: string[]): Promise<{ status: number; text: string }> => {
    let text = "";
    const write = process.stdout.write.bind(process.stdout);
    // The runner of specs speaks there too, in bytes.
    const spy = mock.method(process.stdout, "write", (said: string | Uint8Array) => {
      if (typeof said !== "string") return write(said);
      text += said;
      return true;
    });
    try {
      const status = await command(args);
      return { status, text };
    } finally {
      spy.mock.restore();
    }
  };
  const refused = (command: typeof record, args: readonly string[], sentence: RegExp): Promise<void> =>
    assert.rejects(async () => command(args), { code: "Invalid", message: sentence });

  before(async () => {
    place = mkdtempSync(join(tmpdir(), "troupe-recordings-"));
    mkdirSync(at("run/flight"), { recursive: true });
    writeFileSync(at("run/flight/00000001.ndjson"), await recordedText(13));
  });
  after(() => rmSync(place, { recursive: true }));

  for (const form of ["html", "ndjson"])
    it(`as ${form} tells what is in it, is its owner's alone, and runs again`, async () => {
      const file = at(`bug.${form}`);
      const { status, text } = await told(record, "-o", file, "--run-dir", at("run"));
      assert.equal(status, 0);
      assert.match(text, /records: {2}[\d,]+, of which [\d,]+ are transitions\n {2}span: .* s, from 2023-.* to 2023-/);
      assert.match(text, /pods: {5}default\/pod\n {2}left out: nothing\n$/);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const again = await told(replay, file);
      assert.equal(again.status, 0);
      assert.match(again.text, /recorded by Troupe 1\.0\.0, saved by .*\n(\d+) of \1 transitions agree\n$/);
    });

  it("of the run directory itself runs again without being saved", async () => {
    const { status, text } = await told(replay, at("run"));
    assert.equal(status, 0);
    assert.match(text, /(\d+) of \1 transitions agree/);
  });

  it("as a page can be read without a script, and asks nothing of any network", async () => {
    await told(record, "-o", at("bug.html"), "--run-dir", at("run"));
    const page = readFileSync(at("bug.html"), "utf8");
    for (const text of ["<h1>Recording of a node</h1>", "What happened last", "<td>sandbox/"])
      assert.ok(page.includes(text));
    assert.doesNotMatch(page.replaceAll(/<script[^]*?<\/script>/g, ""), /(src|href)=|https?:/);
  });

  it("of one pod, since a while, says what it leaves out", async () => {
    const { text } = await told(record, "-o", at("a.ndjson"), "--pod", "pod", "--since", "10m", "--run-dir", at("run"));
    assert.match(text, /left out: [\d,]+ records from before/);
    assert.equal((await told(replay, at("a.ndjson"))).status, 0);
    await refused(
      record,
      ["-o", at("a.html"), "--pod", "nobody", "--run-dir", at("run")],
      /no pod is recorded that is called "nobody".*default\/pod/,
    );
  });

  it("with 10,000 transitions takes less than a megabyte, and is the same when it is read", async () => {
    const records = await longRecording(10_000);
    const page = recordingText("html", records);
    assert.ok(page.length < 800_000, `${page.length} bytes`);
    const saved = recordingFrom(page);
    assert.deepEqual(saved.records.at(-1), records.at(-1));
    assert.equal(saved.records.filter(isTransition).length, records.filter(isTransition).length);
    const replayer = new Replayer();
    for (const one of saved.records) replayer.apply(one);
    assert.equal(replayer.result.first, undefined);
  });

  it("under other charts shows the first transition that does not agree, and the edge", async () => {
    const { records } = recordingFrom(readFileSync(at("run/flight/00000001.ndjson"), "utf8"));
    const changed = records.map((one) =>
      one.kind === "step" && one.state === "stopping.waiting" ? { ...one, state: "stopping.forcing" } : one,
    );
    const text = recordingText("ndjson", changed);
    writeFileSync(at("other.ndjson"), text);
    const { status, text: said } = await told(replay, at("other.ndjson"));
    assert.equal(status, 1);
    assert.match(said, /the first that does not: number \d+, container\/\w+ in stopping\.\w+, on /);
    assert.match(said, / {2}recorded: stopping\.forcing\n {2}executed: stopping\.waiting/);
    assert.match(said, /the charts have the same edges there/);
  });

  it("of other charts is said to be one, and executed all the same", async () => {
    const { records } = recordingFrom(readFileSync(at("run/flight/00000001.ndjson"), "utf8"));
    const others = records.map((one) => (one.kind === "opened" ? { ...one, charts: "0123456789abcdef" } : one));
    writeFileSync(at("older.ndjson"), recordingText("ndjson", others));
    const { status, text } = await told(replay, at("older.ndjson"));
    assert.equal(status, 0);
    const line = /^recorded under other charts than this Troupe's: 0123456789abcdef, and here [0-9a-f]{16}$/m;
    assert.match(text, line);
    assert.doesNotMatch((await told(replay, at("run"))).text, /other charts/);
  });

  it("is forked in the terminal, by the numbers of what may be chosen", async () => {
    const { records } = recordingFrom(readFileSync(at("run/flight/00000001.ndjson"), "utf8"));
    const call = records.find((one) => one.kind === "call" && one.verb === "pin");
    const from = String(call?.seq);
    const first = await told(replay, at("run"), "--fork", from);
    assert.equal(first.status, 0);
    assert.match(
      first.text,
      /^a fork: what would have happened to default\/pod from record \d+ on\nsandbox, creating\.pinning/,
    );
    assert.match(first.text, / {2}as recorded: → creating\..*\n {2}in the fork: stays\n/);
    assert.match(
      first.text,
      / {2}1 {2}sandbox: namespaces\.pin: goes well\n.*hangs until its bound.*\n {2}3 {2}sandbox: namespaces\.pin: fails\n/,
    );
    const { text } = await told(replay, at("run"), "--fork", from, "--choose", "3,1");
    assert.match(
      text,
      /chosen: sandbox: namespaces\.pin fails: as its reader chose \(Failed\)\n {2}chosen: sandbox: records\.put/,
    );
    assert.match(text, / {2}in the fork: → removing\.intending → removing\./);
    assert.match(text, /undoing it after: as its reader chose/);
    await refused(
      replay,
      [at("run"), "--fork", from, "--choose", "99"],
      /99 cannot be chosen there: there are \d+ ways/,
    );
    await refused(replay, [at("run"), "--fork", from, "--choose", "x"], /--choose takes numbers such as 3,1,1, not x/);
    await refused(replay, [at("run"), "--fork", "999999"], /no record of this recording has the number 999999/);
    await refused(replay, [at("run"), "--fork", "1"], /record 1 is about no pod; say which/);
    await refused(replay, [at("run"), "--choose", "1"], /usage: troupe replay/);
  });

  it("that is not as it was written is refused, and it is said how", async () => {
    for (const form of ["html", "ndjson"]) await told(record, "-o", at(`bug.${form}`), "--run-dir", at("run"));
    const [page, lines] = [readFileSync(at("bug.html"), "utf8"), readFileSync(at("bug.ndjson"), "utf8")];
    const cases: Readonly<Record<string, readonly [text: string, sentence: RegExp]>> = {
      "cut.html": [page.slice(0, page.length - 5_000), /cut\.html has been cut: the page ends before its recording/],
      "edited.html": [
        page.replace('"transport', '"x').replace('"stopped"', '"stepped"'),
        /has been changed|has been cut or changed/,
      ],
      "packed.html": [page.replace(/id="recording">..../, 'id="recording">AAAA'), /cannot be unpacked|does not fit/],
      "another.html": ["<!doctype html><p>hello", /is a page, and no recording/],
      "cut.ndjson": [lines.slice(0, lines.length >> 1), /has been cut: \d+ of \d+ records are left/],
      "edited.ndjson": [lines.replace('"kind":"step"', '"kind":"stop"'), /has been changed: its sum does not fit/],
      "renamed.ndjson": [lines.replace(/"to":\d+/, '"to":1'), /has been changed/],
      "later.ndjson": [
        lines.replace('"format":1', '"format":9'),
        /is a recording of format 9, saved by Troupe .*; this Troupe \(.*\) reads format 1/,
      ],
      "records.ndjson": [
        lines.slice(lines.indexOf("\n") + 1).replaceAll('"format":1', '"format":9'),
        /has records of format 9/,
      ],
      "nothing.ndjson": ["hello\n", /is no recording of Troupe/],
      "empty.ndjson": ["", /is empty/],
    };
    for (const [name, [text, sentence]] of Object.entries(cases)) {
      writeFileSync(at(name), text);
      await refused(replay, [at(name)], sentence);
    }
    writeFileSync(at("huge.html"), "");
    truncateSync(at("huge.html"), 2 ** 30);
    await refused(replay, [at("huge.html")], /has 1073741824 bytes; a recording has 134217728 at most/);
    await refused(replay, [at("none.html")], /there is no file/);
    await refused(replay, [place], /nothing is recorded in/);
  });

  it("is explained to whoever asks how, with an example each", async () => {
    for (const [command, example] of [
      [record, "Example: troupe record -o bug.html --pod default/web --since 10m"],
      [replay, "Example: troupe replay bug.html"],
    ] as const) {
      const { status, text } = await told(command, "--help");
      assert.equal(status, 0);
      assert.ok(text.endsWith(`${example}\n`), text);
    }
  });

  it("that cannot be made is refused before anything is written", async () => {
    await refused(record, [], /usage: troupe record/);
    await refused(record, ["-o", at("bug.txt"), "--run-dir", at("run")], /is to end in \.html/);
    await refused(record, ["-o", at("bug.html"), "--since", "soon"], /--since is a time such as 90s/);
    await assert.rejects(async () => record(["-o", at("x.html"), "--run-dir", place]), {
      code: "Unavailable",
      message: /nothing is recorded/,
    });
    await assert.rejects(async () => record(["-o", at("no/such/x.html"), "--run-dir", at("run")]), {
      code: "Failed",
      message: /cannot be written/,
    });
  });
});
