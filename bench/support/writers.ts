/**
 * Writers of the log path: `dd`, one write a block, from a file of lines in memory. Each says that it is ready, waits for the
 * word, and leaves what `dd` says of itself: how long it wrote, which is longer the more it had to wait for its logger.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, watch, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFifo } from "../../src/drivers/linux/fifo.ts";

export interface Load {
  readonly writers: number;
  /** Each write. */
  readonly blockBytes: number;
  /** Of all writers together. */
  readonly bytes: number;
}

/** The length of a line, with its newline. */
export const LINE_BYTES = 100;

/** At least so many bytes of lines, of which each tells where it stands. */
export const linesOf = (bytes: number): Buffer => {
  const lines = Buffer.alloc(Math.ceil(bytes / LINE_BYTES) * LINE_BYTES, "x".repeat(LINE_BYTES - 1) + "\n");
  for (let at = 0; at < lines.length; at += LINE_BYTES) lines.write(`line ${at / LINE_BYTES} `, at, "latin1");
  return lines;
};

const bytesOfEach = ({ writers, blockBytes, bytes }: Load): number =>
  Math.floor(bytes / writers / blockBytes) * blockBytes;

export class Writers {
  readonly load: Load;
  readonly bytesOfEach: number;
  readonly #directory: string;
  readonly #lines: string;
  readonly #go: number;

  /** `lines` is a file with as many bytes as one writer writes. */
  constructor(directory: string, lines: string, load: Load) {
    this.load = load;
    this.bytesOfEach = bytesOfEach(load);
    this.#directory = directory;
    this.#lines = lines;
    makeFifo(join(directory, "go"));
    this.#go = openSync(join(directory, "go"), constants.O_RDWR);
  }

  /** The shell script of writer `at`; the standard streams are whoever's that starts it. */
  script(at: number): string {
    const { blockBytes } = this.load;
    const [ready, go, told] = ["ready", "go", "told"].map((name) => join(this.#directory, name));
    const count = this.bytesOfEach / blockBytes;
    return `: > ${ready}.${at}; read word < ${go}; exec dd if=${this.#lines} bs=${blockBytes} count=${count} 2> ${told}.${at}`;
  }

  async ready(): Promise<void> {
    await whenThere(
      this.#numbers().map((at) => join(this.#directory, `ready.${at}`)),
      this.#directory,
    );
  }

  go(): void {
    writeSync(this.#go, "\n".repeat(this.load.writers));
  }

  /** The seconds that the slowest of them wrote for; after they have ended. */
  seconds(): number {
    const each = this.#numbers().map((at) => {
      const told = readFileSync(join(this.#directory, `told.${at}`), "utf8");
      return Number(/, ([\d.e-]+) s/.exec(told)?.[1] ?? Number.NaN);
    });
    return Math.max(...each);
  }

  close(): void {
    closeSync(this.#go);
  }

  #numbers(): readonly number[] {
    return Array.from({ length: this.load.writers }, (_, at) => at);
  }
}

/** Resolves when all of these files, in `directory`, are there. */
export const whenThere = (files: readonly string[], directory: string): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(directory, look);
    function look(): void {
      if (!files.every((file) => existsSync(file))) return;
      watcher.close();
      resolve();
    }
    look();
  });
