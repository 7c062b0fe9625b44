/** A real crictl in specs: run to its end, kept running, or in a terminal of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, existsSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { crictl, criToolsVersion } from "../../scripts/cri-tools/place.ts";
import { openTerminal, resizeTerminal, type Size } from "../../src/drivers/linux/terminal.ts";
import { within } from "../../scripts/slow.ts";
import { inTestNode } from "./in-test-node.ts";

/** Options for a `describe`: in a test node, where crictl was built. */
export const withCrictl = existsSync(crictl)
  ? inTestNode
  : { skip: `needs crictl ${criToolsVersion}: npm run crictl (with Go)` };

/** Those that still run. */
const alive = new Map<ChildProcess, () => void>();

/** Ends what a failed spec has left, with its terminals; else it would never come to an end itself. */
export const endCrictls = (): void => {
  for (const end of alive.values()) end();
};

const patienceMs = within(20_000);

/** What has been said so far, and a way to wait for more of it. */
class Heard {
  text = "";
  over = false;
  readonly #waiting = new Set<() => void>();

  take(words: string): void {
    this.text += words;
    for (const look of this.#waiting) look();
  }

  end(): void {
    this.over = true;
    this.take("");
  }

  until(wanted: string | RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(limit);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        const found = typeof wanted === "string" ? this.text.includes(wanted) : wanted.test(this.text);
        if (!found && !this.over) return;
        done();
        if (found) resolve(this.text);
        else reject(new Error(`crictl ended before it said ${wanted}: ${this.text}`));
      };
      const limit = setTimeout(() => {
        done();
        reject(new Error(`crictl did not say ${wanted} within ${patienceMs} ms: ${this.text}`));
      }, patienceMs);
      this.#waiting.add(look);
      look();
    });
  }
}

export interface CrictlRun {
  readonly child: ChildProcess;
  readonly stdout: Heard;
  readonly stderr: Heard;
  /** Its exit status; -1 after a signal. */
  readonly ended: Promise<number>;
}

const argsOf = (socket: string, args: readonly string[]): readonly string[] => [
  "--config=/dev/null", // else it looks for one, and says so
  `--runtime-endpoint=unix://${socket}`,
  "--timeout=20s",
  ...args,
];

const endOf = (child: ChildProcess, close = (): void => {}): Promise<number> => {
  alive.set(child, () => {
    child.kill("SIGKILL");
    close();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      alive.delete(child);
      resolve(code ?? -1);
    });
  });
};

/** Started, with pipes. */
export const startCrictl = (socket: string, ...args: readonly string[]): CrictlRun => {
  const child = spawn(crictl, argsOf(socket, args), { stdio: ["pipe", "pipe", "pipe"] });
  const [stdout, stderr] = [new Heard(), new Heard()];
  child.stdin.on("error", () => {});
  for (const [stream, heard] of [
    [child.stdout, stdout],
    [child.stderr, stderr],
  ] as const)
    stream
      .setEncoding("utf8")
      .on("data", (words: string) => heard.take(words))
      .once("close", () => heard.end());
  return { child, stdout, stderr, ended: endOf(child) };
};

/** Run to its end, with `input` on its stdin. */
export const runCrictl = async (
  socket: string,
  args: readonly string[],
  input = "",
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> => {
  const { child, stdout, stderr, ended } = startCrictl(socket, ...args);
  child.stdin?.end(input);
  return { status: await ended, stdout: stdout.text, stderr: stderr.text };
};

export interface Terminal {
  readonly screen: Heard;
  type(keys: string): void;
  resize(size: Size): void;
  readonly ended: Promise<number>;
}

/** In a terminal of its own, which it controls: as somebody who sits in front of it. */
export const crictlInTerminal = (socket: string, size: Size, ...args: readonly string[]): Terminal => {
  const { master, path } = openTerminal();
  resizeTerminal(master, size);
  const slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const child = spawn("setsid", ["--ctty", crictl, ...argsOf(socket, args)], { stdio: [slave, slave, slave] });
  closeSync(slave);
  const screen = new Heard();
  const reader = new ReadStream(master);
  reader.setEncoding("utf8").on("data", (words: string) => screen.take(words));
  // EIO is how a master tells that nobody sits behind it any more.
  reader.once("error", () => reader.destroy()).once("close", () => screen.end());
  return {
    screen,
    type: (keys) => void writeSync(master, keys),
    resize: (to) => resizeTerminal(master, to),
    ended: endOf(child, () => reader.destroy()),
  };
};
