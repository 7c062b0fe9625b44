/**
 * The monitor killed again and again under containers that write all the time. What must come of it: nothing. Short in
 * `npm test`; at length, 200 kills under 50 writers: `TROUPE_LONG=1 sh scripts/test-node.sh sh scripts/node.sh --test FILE`.
 */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "../../src/drivers/linux/libc.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { cases } from "../support/long.ts";
import { numbersFrom, seedOfRun } from "../support/seeded.ts";
import { setStreamScene, withFd, type Running } from "./support/scene.ts";

const KILLS = cases(10, 200);
const WRITERS = cases(12, 50);
const LONGEST_LIFE_MS = 150;
/** A megabyte, in which the log thread is at a chunk for some ms: a kill within finds it half way. */
const BURST_LINES = 256;
const BURST_LINE_BYTES = 4096;
const LONGEST_BURST_MS = 2;

/** Lines that never come again: with a number, and another one that does not follow from the line before. */
const lineOf = (writer: number, i: number): string =>
  writer === BURSTING
    ? `${i}.`.repeat(BURST_LINE_BYTES).slice(0, BURST_LINE_BYTES)
    : `${writer} ${i} ${(i * 48271 + writer) % 65521}`;
/** Some of them and a rest, until `/stop` is there. */
const writing = (writer: number, restUs: number): readonly string[] => [
  "sh",
  "-c",
  `i=0; while [ ! -e /stop ]; do n=$((i+20)); ` +
    `while [ $i -lt $n ]; do echo ${writer} $i $(((i*48271+${writer})%65521)); i=$((i+1)); done; ` +
    `busybox usleep ${restUs}; done; exit 7`,
];

/** What is in `/go`, whenever that is there. */
const bursting: readonly string[] = [
  "sh",
  "-c",
  "while [ ! -e /stop ]; do if [ -e /go ]; then busybox mv /go /block; cat /block; else busybox usleep 1000; fi; done; exit 7",
];

/** Writers of a kind of their own: what is typed into it, in a terminal, much at once. */
const [TYPED, TERMINAL, BURSTING] = [0, 1, 2];

/** Waits closer than a timer can: until it is so, or for `boundMs`. */
const spin = (boundMs: number, isSo: () => boolean): void => {
  for (const until = performance.now() + boundMs; performance.now() < until;) if (isSo()) return;
};

interface Writer {
  readonly container: Running;
  readonly number: number;
  readonly lineEnd: string;
}

describe("the monitor, killed under containers that write", inTestNode, () => {
  const scene = setStreamScene();

  const begin = async (): Promise<Writer[]> => {
    const restUs = WRITERS * 2000;
    const writers: Writer[] = [];
    for (let number = 0; number < WRITERS; number++) {
      const command = number === TYPED ? ["cat"] : number === BURSTING ? bursting : writing(number, restUs);
      const plan = { command, stdin: number === TYPED };
      const container = await (number === TERMINAL ? scene.launchInTerminal(plan) : scene.launch(plan));
      writers.push({ container, number, lineEnd: number === TERMINAL ? "\r\n" : "\n" });
    }
    return writers;
  };

  /** Types as much as fits; how many lines it has typed so far. */
  const typist = ({ container, number }: Writer) => {
    let [typed, rest] = [0, ""];
    return {
      get typed() {
        return typed;
      },
      type: (lines: number, to = container.id): void =>
        withFd(scene.daemon.link.input(to), (fd) => {
          for (let line = 0; line < lines || rest !== ""; line++) {
            if (rest === "") rest = `${lineOf(number, typed++)}\n`;
            try {
              rest = rest.slice(writeSync(fd, rest));
            } catch (error) {
              if (isErrno(error, "EAGAIN")) return;
              throw error;
            }
          }
        }),
    };
  };

  /** Lets it burst, and returns when the first of that is in its log. */
  const burst = async ({ container, number }: Writer, round: number): Promise<void> => {
    const lines = Array.from({ length: BURST_LINES }, (_, i) => `${lineOf(number, round * BURST_LINES + i)}\n`);
    const go = join(container.bundle, "rootfs", "go");
    const size = (): number => statSync(container.logPath, { throwIfNoEntry: false })?.size ?? 0;
    while (existsSync(go)) await sleep(1); // the last one it has not begun
    const before = size();
    writeFileSync(`${go}.new`, lines.join(""));
    renameSync(`${go}.new`, go);
    spin(1000, () => size() > before);
  };

  /** Its log has every line once and in order; how many. */
  const count = ({ container, number, lineEnd }: Writer): number => {
    const lines = container.output.split("\n");
    assert.equal(lines.pop(), "");
    const wrong = lines.findIndex((line, i) => `${line}\n` !== `${lineOf(number, i)}${lineEnd}`);
    assert.equal(wrong, -1, `line ${wrong} of writer ${number} is ${lines.slice(wrong - 1, wrong + 2).join(" | ")}`);
    return lines.length;
  };

  it(`loses no line and doubles none, and all ${WRITERS} containers live, over ${KILLS} kills`, async () => {
    const below = numbersFrom(seedOfRun);
    const writers = await begin();
    const [first, , third] = writers as [Writer, Writer, Writer];
    const rootOf = ({ container }: Writer): string => join(container.bundle, "rootfs");
    const stdin = typist(first);
    const begun = performance.now();
    for (let kill = 0; kill < KILLS; kill++) {
      stdin.type(50);
      await sleep(below(LONGEST_LIFE_MS));
      await burst(third, kill);
      spin(below(LONGEST_BURST_MS * 1000) / 1000, () => false);
      await scene.killMonitor();
      stdin.type(50);
      await scene.reconnect();
    }
    assert.deepEqual(scene.daemon.exits, []);
    for (let tries = 0; tries < 100; tries++) {
      stdin.type(0); // the rest of a line
      await sleep(1);
    }
    await scene.daemon.link.closeInput(first.container.id);
    while (existsSync(join(rootOf(third), "go"))) await sleep(1);
    for (const writer of writers) writeFileSync(join(rootOf(writer), "stop"), "");
    for (const { container, number } of writers) {
      const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
      if ("code" in exit) assert.equal(exit.code, number === TYPED ? 0 : 7);
      await scene.daemon.link.drain(container.id, 20_000);
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    const counts = writers.map(count);
    assert.equal(counts[0], stdin.typed);
    assert(counts.every((lines) => lines > KILLS));
    const lines = counts.reduce((sum, one) => sum + one, 0);
    console.log(
      `# ${KILLS} kills in ${seconds} s under ${WRITERS} writers, seed ${seedOfRun}: ${lines} lines, 0 lost, 0 doubled`,
    );
    await scene.putAway(...writers.map(({ container }) => container));
  });
});
