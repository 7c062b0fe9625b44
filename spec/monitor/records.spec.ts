import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameProcess } from "../../src/drivers/linux/process.ts";
import { placesIn } from "../../src/monitor/protocol.ts";
import { Records, type SubjectRecord } from "../../src/monitor/records.ts";
import { takeOver } from "../../src/monitor/takeover.ts";
import type { Exit } from "../../src/vocabulary/index.ts";

const exit: Exit = { at: "1", oomKilled: false, code: 7 };
const init = { pid: 1, startTicks: 5 };

describe("the monitor's records", () => {
  let runDir: string;
  let records: Records;
  let warnings: string[];

  beforeEach(() => {
    runDir = mkdtempSync(join(tmpdir(), "troupe-records-"));
    records = new Records(placesIn(runDir));
    warnings = [];
  });
  afterEach(() => rmSync(runDir, { recursive: true }));

  const record = (more: Partial<SubjectRecord> = {}): SubjectRecord => ({
    id: "c1",
    kind: "exec",
    pidFile: join(runDir, "pid"),
    watchOom: false,
    forgotten: false,
    ...more,
  });
  const taken = () =>
    takeOver(placesIn(runDir), new Records(placesIn(runDir)), undefined, (text) => warnings.push(text));

  it("come back as they were left", () => {
    records.add(record());
    records.change("c1", { init });
    assert.deepEqual(new Records(placesIn(runDir)).load().records, [record({ init })]);
    records.remove("c1");
    assert.deepEqual(new Records(placesIn(runDir)).load(), { records: [], exits: [], doubts: [] });
  });

  it("of an exit that was acknowledged tell it no more, and still know it", () => {
    records.add(record({ init }));
    records.keepExit({ kind: "exec", id: "c1", exit });
    assert.equal(taken()[0]?.subject.acknowledged, false);
    records.acknowledge("c1");
    assert.equal(existsSync(join(runDir, "exits", "c1")), false);
    const [again] = taken();
    assert.deepEqual([again?.subject.exit, again?.subject.acknowledged, again?.living], [exit, true, undefined]);
  });

  it("give an exit whose record went first", () => {
    records.keepExit({ kind: "container", id: "c1", exit });
    assert.deepEqual(taken()[0]?.subject, {
      ...{ id: "c1", kind: "container", exit, acknowledged: false, forgotten: false, logging: false },
    });
  });

  it("adopt what a tool had made when its monitor died, and give up what it had not", () => {
    records.add(record());
    writeFileSync(join(runDir, "pid"), String(process.pid));
    assert.deepEqual(taken()[0]?.living, { init: nameProcess(process.pid) });
    records.remove("c1");
    records.add(record({ pidFile: join(runDir, "nosuch") }));
    assert.deepEqual(taken(), []);
    assert.equal(existsSync(join(runDir, "monitor", "c1")), false);
  });

  it("leave no directory whose record was never written, and read no half-written file", () => {
    mkdirSync(join(runDir, "monitor", "c2"));
    writeFileSync(join(runDir, "exits", "c3.new"), "{");
    assert.deepEqual(taken(), []);
    assert.deepEqual(readdirSync(join(runDir, "monitor")), []);
  });

  it("that cannot be read are told and left, and the others come back", () => {
    for (const id of ["c1", "cut", "other"]) records.add(record({ id, init }));
    records.keepExit({ kind: "exec", id: "c1", exit });
    const file = (id: string): string => join(runDir, "monitor", id, "record.json");
    truncateSync(file("cut"), 20);
    writeFileSync(file("other"), JSON.stringify(record({ init })));
    writeFileSync(join(runDir, "exits", "cut"), "{");
    assert.deepEqual(
      taken().map(({ subject }) => [subject.id, subject.exit]),
      [["c1", exit]],
    );
    assert.equal(warnings.length, 3);
    for (const [n, words] of [
      /cut\/record\.json cannot be read \(.*JSON/,
      /is the record of "c1"/,
      /exits\/cut /,
    ].entries())
      assert.match(warnings[n]!, words);
    assert.ok(existsSync(file("cut")) && existsSync(file("other")) && existsSync(join(runDir, "exits", "cut")));
  });

  it("of which any byte has changed are told, and are never another exit or another process", () => {
    records.add(record({ init }));
    records.keepExit({ kind: "exec", id: "c1", exit });
    const { record: recordOf, exit: exitOf } = placesIn(runDir);
    for (const file of [recordOf("c1"), exitOf("c1")]) {
      const whole = readFileSync(file);
      for (const at of whole.keys()) {
        const flipped = Buffer.from(whole);
        flipped[at]! ^= 1 << (at & 7);
        writeFileSync(file, flipped);
        const { records: read, exits, doubts } = new Records(placesIn(runDir)).load();
        const asWritten = [...read, ...exits];
        for (const one of asWritten) {
          const { sum: _, ...said } = one as unknown as Record<string, unknown>;
          if ("exit" in said) assert.deepEqual(said["exit"], exit, `byte ${at}`);
          else assert.deepEqual([said["id"], said["init"]], ["c1", init], `byte ${at}`);
        }
        assert.equal(asWritten.length + doubts.length, 2, `byte ${at}`);
      }
      writeFileSync(file, whole);
    }
  });
});
