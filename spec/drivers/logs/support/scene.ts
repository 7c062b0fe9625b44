/** Logs of containers that are nothing but the ends of FIFOs and terminals, and all that the listener was told. */
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { makeFifo, openForContainer, openToRead } from "../../../../src/drivers/linux/fifo.ts";
import { openTerminal } from "../../../../src/drivers/linux/terminal.ts";
import type { LogSource, LogTerminal } from "../../../../src/drivers/logs/container-log.ts";
import { Logs } from "../../../../src/drivers/logs/logs.ts";

export interface Scripted {
  readonly source: LogSource & { readonly path: string };
  /** Writes all of it, and waits while its stream is full. */
  say(text: string | Buffer, stream?: "stdout" | "stderr"): void;
  /** Its processes end: nobody holds its streams to write any more. */
  end(): void;
  /** What its log says of each record, behind the timestamp. */
  records(): readonly string[];
  /** What it wrote on stdout, put together again from its log. */
  output(): string;
}

/** One with a terminal: `slave` is what its processes have open. */
export interface ScriptedTerminal extends Scripted {
  readonly terminal: LogTerminal;
  readonly slavePath: string;
}

/** Records of a log, without their timestamps. */
export const recordsIn = (path: string): readonly string[] =>
  readFileSync(path, "latin1")
    .split("\n")
    .slice(0, -1)
    .map((record) => record.slice(31));

/** What a stream said, byte by byte as latin1. */
export const saidIn = (path: string, stream = "stdout"): string =>
  recordsIn(path)
    .filter((record) => record.startsWith(`${stream} `))
    .map((record) => record.slice(9) + (record[7] === "F" ? "\n" : ""))
    .join("");

export class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), "troupe-logs-"));
  readonly told: string[] = [];
  readonly journaldSocket: string;
  logs: Logs;
  readonly #opened: number[] = [];
  readonly #waiting = new Set<() => void>();

  /** Without an argument it is a path at which nobody listens yet. */
  constructor(journaldSocket?: string) {
    this.journaldSocket = journaldSocket ?? join(this.directory, "journald");
    this.logs = this.begin();
  }

  begin(sources: readonly LogSource[] = []): Logs {
    const tell = (text: string): void => {
      this.told.push(text);
      for (const look of this.#waiting) look();
    };
    return new Logs({
      directory: this.directory,
      journaldSocket: this.journaldSocket,
      restartMs: 10,
      sources,
      listener: {
        ended: (id) => tell(`${id} ended`),
        hungUp: (id) => tell(`${id} hung up`),
        detached: (attachId, why) => tell(`${attachId} detached: ${why}`),
        warn: (text) => tell(`warning: ${text}`),
      },
    });
  }

  /** Resolves with what the listener was, or will be, told of this. */
  heard(what: string): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.told.find((text) => text.includes(what));
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  container(id: string, more: Partial<LogSource> = {}): Scripted {
    const [[stdout, out], [stderr, err]] = [this.#pair(`${id}-out`), this.#pair(`${id}-err`)];
    const path = join(this.directory, `${id}.log`);
    return {
      source: { id, path, stdout, stderr, ...more },
      say: (text, stream = "stdout") => writeAll(stream === "stdout" ? out : err, text),
      end: () => [out, err].forEach((fd) => closeSync(fd)),
      records: () => recordsIn(path),
      output: () => saidIn(path),
    };
  }

  terminal(id: string): ScriptedTerminal {
    const fifo = join(this.directory, `${id}-out`);
    makeFifo(fifo);
    const stdout = this.mine(openToRead(fifo));
    const into = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    const { master, path: slavePath } = openTerminal();
    const slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY);
    const path = join(this.directory, `${id}.log`);
    return {
      source: { id, path, stdout },
      terminal: { master, into },
      slavePath,
      say: (text) => writeAll(slave, text),
      end: () => closeSync(slave),
      records: () => recordsIn(path),
      output: () => saidIn(path),
    };
  }

  /** A descriptor to be closed with the scene. */
  mine(fd: number): number {
    this.#opened.push(fd);
    return fd;
  }

  async close(): Promise<void> {
    assert.equal(await this.logs.stop(5000), true);
    this.logs.release();
    for (const fd of this.#opened) closeSync(fd);
    rmSync(this.directory, { recursive: true });
  }

  #pair(name: string): readonly [number, number] {
    const path = join(this.directory, name);
    makeFifo(path);
    return [this.mine(openToRead(path)), openForContainer(path)];
  }
}

const writeAll = (fd: number, text: string | Buffer): void => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
};
