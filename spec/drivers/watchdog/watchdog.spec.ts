import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { stallText, stallsIn, type Stall } from "../../../src/drivers/watchdog/watchdog.ts";
import { eventually } from "../../support/eventually.ts";

const program = fileURLToPath(new URL("stuck-program.ts", import.meta.url));

interface Word {
  readonly way?: string;
  readonly pid?: number;
  readonly told?: Stall;
  readonly unwritten?: string;
  readonly failed?: string;
  readonly inspector?: string | null;
  readonly sockets?: number;
}

describe("the watchdog of an event loop", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "watchdog-"));
    execFileSync("mkfifo", [join(directory, "fifo")]);
  });
  after(() => rmSync(directory, { recursive: true }));

  /** Its words until its own end; `heard` is called at each. */
  const run = async (ways: readonly string[], heard?: (word: Word) => void): Promise<readonly Word[]> => {
    const child = spawn(process.execPath, [program, directory, ...ways], { stdio: ["ignore", "pipe", "inherit"] });
    const words: Word[] = [];
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const word = JSON.parse(line) as Word;
        words.push(word);
        heard?.(word);
      }
    } finally {
      child.kill("SIGKILL");
    }
    return words;
  };
  const stallsOf = (words: readonly Word[]): readonly Stall[] => words.flatMap(({ told }) => told ?? []);
  const inFile = (): readonly Stall[] => stallsIn(join(directory, "flight"));

  it("names the function that keeps the loop busy, with file and line, and who called it", async () => {
    const [stall] = stallsOf(await run(["busy"]));
    assert.match(stall?.stack[0] ?? "", /^busyHook spec\/drivers\/watchdog\/stuck-program\.ts:\d+$/);
    assert.match(stall?.stack[1] ?? "", /^busy spec\/drivers\/watchdog\/stuck-program\.ts:\d+$/);
    assert.ok(stall!.ms >= 300 && stall!.over);
    assert.match(
      stallText(stall!),
      /^the event loop stood still for \d+\.\d s in busyHook spec.*:\d+, called by busy spec/,
    );
  });

  it("writes it down when it is noticed, and when it is over", async () => {
    rmSync(join(directory, "flight"), { recursive: true, force: true });
    const [stall] = stallsOf(await run(["busy"]));
    const [noticed, over, ...more] = inFile();
    assert.deepEqual(more, []);
    assert.deepEqual(over, stall);
    assert.equal(noticed?.over, false);
    assert.ok(noticed.ms >= 300 && noticed.ms < stall!.ms, `noticed after ${noticed.ms} ms of ${stall!.ms}`);
    assert.match(noticed.stack[0] ?? "", /^busyHook /);
  });

  it("says what it knew of a process that was killed while it was stuck", async () => {
    rmSync(join(directory, "flight"), { recursive: true, force: true });
    let killed = false;
    await run(["fifo"], ({ pid }) => {
      void eventually("a word about the stall", () => inFile().length > 0).then(() => {
        killed = process.kill(pid!, "SIGKILL");
      });
    });
    assert.ok(killed);
    const [stall, ...more] = inFile();
    assert.deepEqual(more, []);
    assert.equal(stall?.over, false);
    assert.equal(stall?.syscall, "openat");
  });

  it("names the system call that does not come back, and when it is back who made it", async () => {
    const [stall] = stallsOf(
      await run(["fifo"], ({ way }) => {
        const known = inFile().length;
        if (way)
          void eventually("a word about the stall", () => inFile().length > known).then(() =>
            closeSync(openSync(join(directory, "fifo"), "w")),
          );
      }),
    );
    assert.equal(stall?.syscall, "openat");
    assert.ok(
      stall?.stack.some((frame) => frame.startsWith("readFileSync node:fs:")),
      JSON.stringify(stall),
    );
    assert.ok(stall?.stack.some((frame) => frame.startsWith("fifo spec/")));
    assert.match(stallText(stall), /, waiting in the kernel: openat/);
  });

  it("names who waits for a child, an atomic, a regular expression, a sort or the end of a recursion", async () => {
    const ways = ["child", "atomics", "regex", "native", "deep"];
    const words = await run(ways);
    const stacks = stallsOf(words).map(({ stack }) => stack.join("\n"));
    const frames = [
      /execFileSync node:.*\nchild spec/,
      /^atomics spec/,
      /^regex spec/,
      /\(anonymous\) spec/,
      /^descend spec/m,
    ];
    assert.equal(stacks.length, ways.length);
    for (const [index, frame] of frames.entries()) assert.match(stacks[index]!, frame);
    assert.equal(stallsOf(words)[1]?.syscall, "futex");
  });

  it("is silent about a loop that turns, and about a process that was stopped as a whole", async () => {
    const words = await run(["turning", "stopped"], ({ way, pid }) => {
      if (way !== "stopped") return;
      process.kill(pid!, "SIGSTOP");
      setTimeout(() => process.kill(pid!, "SIGCONT"), 1_200);
    });
    assert.deepEqual(stallsOf(words), []);
  });

  it("leaves no debugger on, opens no port, and keeps no process alive", async () => {
    const words = await run(["busy", "busy"]);
    assert.equal(stallsOf(words).length, 2);
    assert.deepEqual(words.at(-1), { inspector: null, sockets: 0 }); // the program's last word; then it ended by itself
  });

  it("tells of its own end once, and the process goes on", async () => {
    const words = await run(["dead", "turning"]);
    const ends = words.flatMap(({ failed }) => failed ?? []);
    assert.deepEqual(ends, ["the thread that watches the event loop ended with status 1"]);
    assert.deepEqual(words.at(-1), { inspector: null, sockets: 0 });
  });

  it("tells the process what it could not write down, and why", async () => {
    rmSync(join(directory, "flight"), { recursive: true, force: true });
    writeFileSync(join(directory, "flight"), "");
    const words = await run(["busy"]);
    assert.match(words.find(({ told }) => told)?.unwritten ?? "", /ENOTDIR|EEXIST/);
    assert.equal(readFileSync(join(directory, "flight"), "utf8"), "");
    rmSync(join(directory, "flight"));
  });
});
