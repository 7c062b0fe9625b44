import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportTo, type LogFormat, type Report } from "../../src/composition/report.ts";
import { toldCalls } from "../../src/composition/told-calls.ts";
import { toldMoves } from "../../src/composition/told-moves.ts";
import { transitionLevel } from "../../src/composition/transition-level.ts";
import { LOG_LEVELS, logLevelOf, type LogLevel } from "../../src/vocabulary/index.ts";

const at = "2026-11-22T05:00:00.000Z";
const reporting = (level: LogLevel, format: LogFormat = "text", priorities = false) => {
  const lines: string[] = [];
  const report = reportTo({ write: (line) => lines.push(line), format, at: () => at, level, priorities });
  return { lines, report };
};

const id = "3f2a".repeat(16);
const move = (to: string, machine = "container") => {
  const transition = { actor: `${machine}/${id}`, from: "a", to, event: "done", ms: 1.26, cause: 7 };
  return [transitionLevel(transition), transition] as const;
};

describe("the report", () => {
  it("has what is said from its level on, and nothing less", () => {
    const saidBy = (report: Report) => LOG_LEVELS.forEach((level) => report.say(level, `a word of ${level}`));
    const { lines, report } = reporting("warning");
    saidBy(report);
    assert.deepEqual(lines, [
      `${at} warning: a word of warning`,
      `${at} error: a word of error`,
      `${at} fatal: a word of fatal`,
    ]);
    lines.length = 0;
    report.setLevel("trace");
    saidBy(report);
    assert.equal(lines.length, LOG_LEVELS.length);
    assert.deepEqual(lines.slice(0, 3), [`${at} a word of trace`, `${at} a word of debug`, `${at} a word of info`]);
    assert.equal(report.level(), "trace");
  });

  it("tells at info where actors come to rest or to their end, and each step at debug", () => {
    const info = reporting("info");
    for (const to of ["creating.mounting", "created", "stopping.waiting", "removed"]) info.report.moved(...move(to));
    for (const to of ["running", "ended"]) info.report.moved(...move(to, "exec"));
    info.report.moved(...move("supervising", "pod"));
    assert.deepEqual(info.lines, [
      `${at} container 3f2a3f2a3f2a a → created (done, 1.3 ms)`,
      `${at} container 3f2a3f2a3f2a a → removed (done, 1.3 ms)`,
    ]);
    const debug = reporting("debug");
    debug.report.moved(...move("creating.mounting"));
    debug.report.moved(...move("ended", "exec"));
    assert.equal(debug.lines.length, 2);
    const warning = reporting("warning");
    warning.report.moved(...move("removed"));
    assert.deepEqual(warning.lines, []);
  });

  it("has the name that people know where somebody comes to rest, also of what is gone by then", () => {
    const { lines, report } = reporting("info");
    const names = new Map([[`container/${id}`, { namespace: "default", pod: "web-0", container: "app\nx" }]]);
    const moves = toldMoves(report, (actor) => names.get(actor));
    const told = (to: string): void => moves.moved(move(to)[1]);
    told("stopped");
    told("removing.intending");
    names.clear();
    told("removed");
    told("removed");
    const [text, name] = [`${at} container 3f2a3f2a3f2a a →`, "pod default/web-0, container app?x"];
    assert.deepEqual(lines, [
      `${text} stopped (done, 1.3 ms): ${name}`,
      `${text} removed (done, 1.3 ms): ${name}`,
      `${text} removed (done, 1.3 ms)`,
    ]);
  });

  it("is JSON for those who want it, with fields of its own where a word has some", () => {
    const { lines, report } = reporting("debug", "json");
    report.moved(...move("creating.mounting"));
    report.say("warning", "so it is", { waitsFor: "adding" });
    const [actor, machine] = [`container/${id}`, "container"];
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          at,
          level: "debug",
          kind: "transition",
          actor,
          machine,
          from: "a",
          to: "creating.mounting",
          event: "done",
          ms: 1.26,
          cause: 7,
        },
        { at, level: "warning", kind: "log", text: "so it is", waitsFor: "adding" },
      ],
    );
  });

  it("begins with the priority where journald reads it", () => {
    const { lines, report } = reporting("trace", "text", true);
    for (const level of LOG_LEVELS) report.say(level, "word");
    assert.deepEqual(
      lines.map((line) => line.slice(0, 3)),
      ["<7>", "<7>", "<6>", "<4>", "<3>", "<2>"],
    );
    report.say("error", "two\nlines");
    assert.equal(lines.at(-1), `<3>${at} error: two\n<3>lines`);
  });

  it("has each call of the CRI at trace alone", () => {
    const { lines, report } = reporting("debug");
    let now = 0;
    const ended: string[] = [];
    const watch = toldCalls(
      () => (code) => ended.push(code),
      report,
      () => now,
    );
    watch("Version")("OK");
    report.setLevel("trace");
    const over = watch("StopContainer");
    now = 12.34;
    over("NOT_FOUND");
    assert.deepEqual(lines, [`${at} StopContainer ended with NOT_FOUND (12.3 ms)`]);
    assert.deepEqual(ended, ["OK", "NOT_FOUND"]);
  });
});

describe("levels", () => {
  it("are crio.conf's words", () => {
    for (const word of ["fatal", "panic", "error", "warn", "warning", "info", "debug", "trace"])
      assert.ok(logLevelOf(word), word);
    assert.equal(logLevelOf("loud"), undefined);
    assert.equal(logLevelOf("constructor"), undefined);
  });
});
