/** Who writes the logs of the log path's writers: our log thread, one for all of them, or a conmon for each. */
import { execFile, fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFifo } from "../../src/drivers/linux/fifo.ts";
import { whenThere, type Writers } from "./writers.ts";
import type { ToLog } from "./log-host.ts";

export interface Logger {
  readonly name: string;
  /** Starts all writers in `directory`, a fresh one; resolves when only the word is missing. */
  begin(directory: string, writers: Writers): Promise<Logging>;
  close(): void;
}

export interface Logging {
  /** One for each writer. */
  readonly paths: readonly string[];
  /** Resolves when all that they wrote is in the logs. */
  readonly complete: Promise<void>;
}

const eachOf = ({ load: { writers } }: Writers): readonly number[] => Array.from({ length: writers }, (_, at) => at);

/** `directory`: for its journal; on a memory filesystem, as in life. */
export const ourLogger = (name: string, directory: string): Logger => {
  mkdirSync(directory, { recursive: true });
  const host: ChildProcess = fork(fileURLToPath(new URL("log-host.ts", import.meta.url)), [directory]);
  let round = 0;
  const told = (words: ReadonlySet<string>): Promise<void> => {
    const awaited = new Set(words);
    return new Promise((resolve) => {
      const hear = (word: unknown): void => {
        awaited.delete(String(word));
        if (awaited.size > 0) return;
        host.off("message", hear);
        resolve();
      };
      host.on("message", hear);
    });
  };
  return {
    name,
    close: () => host.disconnect(),
    begin: async (at, writers) => {
      round += 1;
      const sources = eachOf(writers).map((number): ToLog => {
        const fifos = { stdout: join(at, `${number}.out`), stderr: join(at, `${number}.err`) };
        for (const fifo of Object.values(fifos)) makeFifo(fifo);
        return { id: `${round}-${number}`, path: join(at, `${number}.log`), ...fifos };
      });
      // Whoever is opened before anybody has it to write is at its end at once.
      for (const [number, { stdout, stderr }] of sources.entries())
        spawn("sh", ["-c", `exec 1<>${stdout} 2<>${stderr}; ${writers.script(number)}`], { stdio: "ignore" });
      await writers.ready();
      const open = told(new Set(sources.map(({ id }) => `${id} open`)));
      for (const source of sources) host.send(source);
      await open;
      return { paths: sources.map(({ path }) => path), complete: told(new Set(sources.map(({ id }) => id))) };
    },
  };
};

/** conmon runs an OCI runtime; this one makes a writer instead of a container. */
const runtimeFor = (script: string): string => `#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" != --pid-file ] || file=$2; shift; done
sh -c '${script}' &
echo $! > "$file"
`;

export const conmonLogger: Logger = {
  name: "conmon",
  close: () => undefined,
  begin: async (at, writers) => {
    const exits = join(at, "exits");
    const sockets = join(at, "sockets");
    for (const directory of [exits, sockets]) mkdirSync(directory);
    const paths: string[] = [];
    for (const number of eachOf(writers)) {
      const runtime = join(at, `runtime.${number}`);
      writeFileSync(runtime, runtimeFor(writers.script(number)));
      chmodSync(runtime, 0o755);
      const path = join(at, `${number}.log`);
      const id = `bench-${number}`;
      const options = ["-c", id, "-n", id, "-u", id, "-r", runtime, "-b", at, "-l", `k8s-file:${path}`];
      const files = [
        "-p",
        join(at, `${number}.pid`),
        "-P",
        join(at, `${number}.conmon`),
        "--exit-dir",
        exits,
        "--socket-dir-path",
        sockets,
      ];
      const conmon = spawn("conmon", ["--api-version", "1", ...options, ...files], { stdio: "ignore" });
      await once(conmon, "exit");
      paths.push(path);
    }
    await writers.ready();
    const ended = eachOf(writers).map((number) => join(exits, `bench-${number}`));
    return { paths, complete: whenThere(ended, exits) };
  },
};

export const conmonVersion = async (): Promise<string> => {
  const { stdout } = await promisify(execFile)("conmon", ["--version"]);
  return stdout.split("\n")[0] ?? "conmon";
};
