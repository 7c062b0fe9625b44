import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeFifo, openForContainer, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { openTerminal } from "../../../src/drivers/linux/terminal.ts";
import { saidIn } from "./support/scene.ts";
import type { Killable } from "./support/logging-process.ts";

const LINES = { plain: 600_000, terminal: 60_000 };
const KILLS = 24;
const program = fileURLToPath(new URL("support/logging-process.ts", import.meta.url));
const numbers = (count: number): string => Array.from({ length: count }, (_, at) => `${at + 1}\n`).join("");

describe("a process that logs and is killed again and again", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "troupe-logs-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("has each line once, of a stream and of a terminal, over rotations before, during and after its death", async () => {
    const { master, path: slave } = openTerminal();
    const containers = Object.keys(LINES).map((id): Killable => {
      const fifo = join(directory, `${id}-out`);
      makeFifo(fifo);
      return { id, path: join(directory, `${id}.log`), fifo, hasTerminal: id === "terminal" };
    });
    const [plain, terminal] = containers;
    assert(plain && terminal);
    // The daemon keeps the bytes while nobody logs, the container holds its own end.
    const held = [
      ...containers.map(({ fifo }) => openToRead(fifo)),
      openForContainer(plain.fifo),
      openForContainer(terminal.fifo),
    ];
    const writers = [
      spawn("seq", ["1", String(LINES.plain)], { stdio: ["ignore", held[2], "ignore"] }),
      spawn("sh", ["-c", `stty -opost < ${slave}; exec seq 1 ${LINES.terminal} > ${slave}`], { stdio: "ignore" }),
    ];
    const begin = (): ChildProcess =>
      spawn(process.execPath, [program, directory, ...containers.map((each) => JSON.stringify(each))], {
        stdio: ["pipe", "pipe", "inherit", master],
      });
    const rotated = new Map<string, string[]>(containers.map(({ path }) => [path, []]));
    const rotate = ({ path }: Killable): void => {
      const files = rotated.get(path);
      if (!files || !existsSync(path)) return;
      const to = `${path}.${files.length}`;
      renameSync(path, to);
      files.push(to);
    };

    let kills = 0;
    for (; writers.some(({ exitCode }) => exitCode === null) && kills < KILLS; kills++) {
      const process = begin();
      const grown = (): number =>
        containers.reduce((sum, { path }) => sum + (existsSync(path) ? statSync(path).size : 0), 0);
      for (const before = grown(); grown() === before && writers.some(({ exitCode }) => exitCode === null);)
        await sleep(1);
      const rotates = containers[kills % 3];
      if (rotates) {
        rotate(rotates);
        process.stdin?.write(`${rotates.id}\n`);
      }
      await sleep(kills % 7);
      process.kill("SIGKILL");
      await once(process, "exit");
      if (kills % 5 === 0) containers.forEach(rotate);
    }
    assert(kills >= 5, `only ${kills} kills`);
    const last = begin();
    for (const { id } of containers) {
      last.stdin?.write(`${id}\n`);
      await once(last.stdout ?? assert.fail(), "data");
    }
    const said = ({ path }: Killable): string =>
      [...(rotated.get(path) ?? []), path].map((file) => saidIn(file)).join("");
    last.kill("SIGKILL");
    await once(last, "exit");
    for (const fd of [...held, master]) closeSync(fd);
    for (const each of containers) {
      const text = said(each);
      const whole = numbers(LINES[each.id as keyof typeof LINES]);
      const differs =
        text === whole ? -1 : Buffer.from(text, "latin1").findIndex((byte, at) => byte !== whole.charCodeAt(at));
      assert.equal(
        differs,
        -1,
        `${each.id}: ${text.slice(Math.max(0, differs - 40), differs + 40)} after ${kills} kills`,
      );
    }
  });
});
