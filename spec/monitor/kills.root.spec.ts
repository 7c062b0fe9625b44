/**
 * The monitor killed again and again under containers that write all the time. What must come of it: nothing. Short in
 * `npm test`; at length, 200 kills under 50 writers: `TROUPE_LONG=1 sh scripts/test-node.sh sh scripts/node.sh --test FILE`.
 */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync, writeSync } from "node:fs";
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

/** Lines that never come again: with a number, and another one that does not follow from the line before. */
const lineOf = (writer: number, i: number): string => `${writer} ${i} ${(i * 48271 + writer) % 65521}`;
/** Bursts of them until `/stop` is there, so that each kill finds some on their way. */
const writing = (writer: number, restUs: number): readonly string[] => [
  "sh",
  "-c",
  `i=0; while [ ! -e /stop ]; do n=$((i+20)); ` +
    `while [ $i -lt $n ]; do echo ${writer} $i $(((i*48271+${writer})%65521)); i=$((i+1)); done; ` +
    `busybox usleep ${restUs}; done; exit 7`,
];

interface Writer {
  readonly container: Running;
  readonly number: number;
  readonly lineEnd: string;
}

describe("the monitor, killed under containers that write", inTestNode, () => {
  const scene = setStreamScene();

  /** One writes what is typed into it, one has a terminal. */
  const begin = async (): Promise<Writer[]> => {
    const restUs = WRITERS * 2000;
    const writers: Writer[] = [];
    for (let number = 0; number < WRITERS; number++) {
      const command = number === 0 ? ["cat"] : writing(number, restUs);
      const plan = { command, stdin: number === 0 };
      const container = await (number === 1 ? scene.launchInTerminal(plan) : scene.launch(plan));
      writers.push({ container, number, lineEnd: number === 1 ? "\r\n" : "\n" });
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
    const [first] = writers as [Writer];
    const stdin = typist(first);
    const begun = performance.now();
    for (let kill = 0; kill < KILLS; kill++) {
      stdin.type(50);
      await sleep(below(LONGEST_LIFE_MS)); // anywhere in a burst
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
    for (const { container } of writers) writeFileSync(join(container.bundle, "rootfs", "stop"), "");
    for (const { container, number } of writers) {
      const { at: _, ...exit } = await scene.daemon.exitOf(container.id);
      if ("code" in exit) assert.equal(exit.code, number === 0 ? 0 : 7);
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
