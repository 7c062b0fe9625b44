/**
 * A container that writes a line when it is told to, and an eye on its log: how long after the word is the line there? The
 * word comes through a FIFO that the container has as a mount, so that the clock is this process's alone.
 */
import { execFileSync } from "node:child_process";
import { constants, closeSync, mkdirSync, openSync, readFileSync, watch, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { logs, place } from "./place.ts";
import { createContainer, removeContainer, removePod, runPod, startContainer, stopPod } from "./pod.ts";
import type { System } from "./system.ts";

const everyMs = 50;
const withinMs = 10_000;

export interface Ticker {
  /** From now on there is a line each 50 ms. */
  begin(): void;
  /** No more of them; how late each one was, ms, when all have come. */
  end(): Promise<readonly number[]>;
  remove(): Promise<void>;
}

const countLines = (file: string): number => readFileSync(file, "latin1").split("\n").length - 1;

export const startTicker = async ({ client, name: system }: System): Promise<Ticker> => {
  const name = `ticker-of-${system}`;
  const dir = join(place, name);
  mkdirSync(dir);
  execFileSync("mkfifo", [join(dir, "word")]);
  const pod = await runPod(client, name, "pid-container");
  const mounts = [{ host_path: dir, container_path: "/tick" }];
  const id = await createContainer(client, pod, name, "exec cat /tick/word", { mounts });
  await startContainer(client, id);
  // For reading too, so that it never waits for the container, and the container never sees an end.
  const word = openSync(join(dir, "word"), constants.O_RDWR | constants.O_NONBLOCK);
  const file = join(logs, `${name}.log`);

  const due: number[] = [];
  const late: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = performance.now();
    for (let there = countLines(file); late.length < there;) late.push(now - (due[late.length] ?? now));
  };
  const eye = watch(file, look);
  const tick = (): void => {
    due.push(performance.now());
    writeSync(word, "tick\n");
  };
  let counted = 0;
  return {
    begin() {
      counted = due.length;
      timer = setInterval(tick, everyMs);
    },
    async end() {
      clearInterval(timer);
      for (const until = performance.now() + withinMs; late.length < due.length; await pause(everyMs)) {
        if (performance.now() > until) throw new Error(`${name}: ${due.length - late.length} lines never came`);
      }
      return late.slice(counted);
    },
    async remove() {
      eye.close();
      closeSync(word);
      await stopPod(client, pod);
      await removeContainer(client, id);
      await removePod(client, pod);
    },
  };
};
