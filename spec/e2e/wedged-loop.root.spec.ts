/** A daemon whose event loop stands still: it is told where, while it lasts, when it is over, and when it never is. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { textsIn } from "../../src/drivers/flight/reading.ts";
import { stallsIn, type Stall } from "../../src/drivers/watchdog/watchdog.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { wedge, withBusyHook } from "../support/busy-loop.ts";
import { troupe } from "../support/command.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const stuckMs = 6_000;
const threadsOf = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8").trim());
const frame = String.raw`busyHook spec/support/busy-hook\.ts:\d+`;

describe("a daemon whose event loop stands still", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "wedged", nodeArgs: withBusyHook(stuckMs) });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const flight = (): string => join(bed.place, "run", "flight");
  /** Its lines are as long as a terminal is wide. */
  const explain = async () => {
    const { status, text } = await troupe(undefined, "explain", "--run-dir", join(bed.place, "run"));
    return { status, text: text.replaceAll(/\s+/g, " ") };
  };
  /** The first word about the next one. */
  const noticed = async (pid: number): Promise<Stall> => {
    // Its thread begins a second after the daemon serves.
    await eventually("the watchdog", 10_000, () => threadsOf(pid).includes("watchdog") || undefined);
    const known = stallsIn(flight()).length;
    wedge(pid);
    return eventually("a word about the stall", 10_000, () => stallsIn(flight())[known]);
  };

  it("names the function that holds it up: in the file and in explain meanwhile, in log and recording afterwards", async () => {
    const { pid } = bed.daemon.life();
    const said = bed.daemon.line((line) => line.includes("the event loop stood still"), 30_000);
    const stall = await noticed(pid);
    assert.equal(stall.pid, pid);
    assert.equal(stall.over, false);
    assert.ok(stall.ms >= 1_000 && stall.ms < 3_000, `${stall.ms} ms`);
    assert.match(stall.stack[0] ?? "", new RegExp(`^${frame}$`));

    const { status, text } = await explain();
    assert.equal(status, 3);
    assert.match(text, /^the daemon does not answer within 1\.0 s; /);
    const sentence = String.raw`the daemon \(pid ${pid}\): the event loop has stood still for \d+\.\d s in ${frame}`;
    assert.match(text, new RegExp(sentence));

    assert.match(await said, new RegExp(`warning: the event loop stood still for [5-9]\\.\\d s in ${frame}`));
    const last = stallsIn(flight()).at(-1);
    assert.ok(last?.over && last.ms > stuckMs - 1_000);
    const { records } = readLines(textsIn(flight()).join(""));
    const recorded = records.find(({ kind }) => kind === "stalled");
    assert.deepEqual(recorded && "stack" in recorded && [recorded.ms, recorded.stack], [last.ms, last.stack]);
    assert.doesNotMatch((await explain()).text, /event loop/);
  });

  it("that is killed there has said where it was, and the next one is not taken for it", async () => {
    const stall = await noticed(bed.daemon.life().pid);
    await bed.daemon.kill();
    assert.match(stall.stack[0] ?? "", new RegExp(`^${frame}$`));
    assert.deepEqual(stallsIn(flight()).at(-1), stall);
    assert.match((await explain()).text, new RegExp(`the event loop has stood still for 1.\\d s in ${frame}`));
    await bed.daemon.start();
    assert.doesNotMatch((await explain()).text, /event loop/);
  });
});
