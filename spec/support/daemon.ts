/** A Troupe daemon of a spec's own, with all its places below one folder; killed, started again, stopped. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parentOf } from "../../scripts/demo/witness.ts";
import { within } from "../../scripts/slow.ts";
import { CriError, criClient, type CriClient } from "../../src/grpc/client.ts";
import { eventually } from "./eventually.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const startWithinMs = within(20_000);
const keptLines = 400;

export interface DaemonOptions {
  /** A folder below /run, short, for there are sockets in it. */
  readonly place: string;
  /** Handlers by name, with the path of their programs. */
  readonly handlers: Readonly<Record<string, string>>;
  readonly defaultHandler: string;
  /** Registries that are spoken to over plain http: `127.0.0.1:PORT`. */
  readonly registries: readonly string[];
  readonly networkDir: string;
  readonly pluginDirs: readonly string[];
  /** Absent: cgroupfs. */
  readonly cgroupManager?: "cgroupfs" | "systemd";
  /** More lines of the table `troupe.runtime`. */
  readonly runtimeSettings?: readonly string[];
  /** More lines of each handler's table. */
  readonly handlerSettings?: readonly string[];
  /** Options of Node for daemon and monitor. */
  readonly nodeArgs?: readonly string[];
  /** Not from the bundle, also where that is the newest. */
  readonly fromSources?: true;
}

/** One life of the process. */
export interface Life {
  readonly pid: number;
  readonly ended: Promise<number>;
}

export interface TestDaemon {
  readonly place: string;
  readonly runDir: string;
  /** What it said on stderr, over all its lives: the last lines of it. */
  readonly lines: readonly string[];
  client(): CriClient;
  /** The last one that was begun. */
  life(): Life;
  /** Starts it, as the last arguments of a program where one is named; resolves when it answers. */
  start(through?: readonly [string, ...string[]]): Promise<void>;
  /** kill -9, and its end awaited. */
  kill(): Promise<void>;
  /** SIGTERM, and its end awaited: the exit status. */
  stop(): Promise<number>;
  /** `troupe serve` once more beside it: how that ended and what it said. */
  startTwice(): Promise<{ readonly status: number; readonly said: string }>;
  /** Resolves at the next line of the log from now on for which `wanted` is true. */
  line(wanted: (line: string) => boolean, withinMs?: number): Promise<string>;
}

const toml = (options: DaemonOptions): string => {
  const { place, handlers, defaultHandler, registries, networkDir, pluginDirs, cgroupManager = "cgroupfs" } = options;
  return [
    "[troupe]",
    `root = "${place}/root"`,
    `runroot = "${place}/run"`,
    "[troupe.api]",
    `listen = "${place}/cri.sock"`,
    "[troupe.runtime]",
    `default_runtime = "${defaultHandler}"`,
    'log_level = "debug"', // specs wait for transitions
    `cgroup_manager = "${cgroupManager}"`,
    ...(options.runtimeSettings ?? []),
    ...Object.entries(handlers).flatMap(([name, path]) => [
      `[troupe.runtime.runtimes.${name}]`,
      `runtime_path = "${path}"`,
      ...(options.handlerSettings ?? []),
    ]),
    "[troupe.image]",
    `insecure_registries = ${JSON.stringify(registries)}`,
    `registries_conf = "${place}/registries.conf"`, // not the host's: a spec may write one
    "[troupe.network]",
    `network_dir = "${networkDir}"`,
    `plugin_dirs = ${JSON.stringify(pluginDirs)}`,
    "",
  ].join("\n");
};

const sources = join(root, "src/cli/main.ts");

/** The bundle, which starts in half the time, where it was built after the last change of a source; else the sources. */
export const newestProgram = (): string => {
  const timeOf = (path: string): number => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const isBuilt = files.every((file) => timeOf(`src/${file}`) < timeOf("dist/.built"));
  return isBuilt ? join(root, "dist/troupe.js") : sources;
};

export const testDaemon = (options: DaemonOptions): TestDaemon => {
  const { place, nodeArgs = [], fromSources = false } = options;
  const config = join(place, "troupe.toml");
  const socket = join(place, "cri.sock");
  const program = fromSources ? sources : newestProgram();
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let child: ChildProcess | undefined;
  let ended: Promise<number> = Promise.resolve(0);
  let client: CriClient | undefined;
  mkdirSync(place, { recursive: true });
  writeFileSync(config, toml(options));

  const heard = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    for (const listener of listeners) listener(line);
  };
  const launch = (
    through: readonly [] | readonly [string, ...string[]] = [],
  ): { started: ChildProcess; end: Promise<number> } => {
    const [first, ...rest]: readonly [string, ...string[]] = [
      ...through,
      process.execPath,
      ...nodeArgs,
      program,
      "serve",
      "--config",
      config,
    ];
    const started = spawn(first, rest, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(place, "compile-cache") },
    });
    const end = new Promise<number>((resolve, reject) => {
      started.once("error", reject);
      started.once("exit", (code) => resolve(code ?? -1));
    });
    return { started, end };
  };

  return {
    place,
    runDir: join(place, "run"),
    lines,
    client: () => {
      if (!client) throw new Error("the daemon was never started");
      return client;
    },
    life: () => ({ pid: child?.pid ?? -1, ended }),
    start: async (through) => {
      const { started, end } = launch(through);
      createInterface({ input: started.stderr! }).on("line", heard);
      child = started;
      ended = end;
      for (const until = performance.now() + startWithinMs; ; await pause(within(10))) {
        client?.close();
        // A client of its own for each try: a channel that was refused once waits a second before it tries again.
        client = criClient(socket);
        try {
          await client.call("Version", {}, { deadlineMs: within(5000) });
          return;
        } catch (error) {
          if (!(error instanceof CriError && error.code === "UNAVAILABLE") || performance.now() > until) throw error;
          const { exitCode, signalCode } = started;
          if (exitCode !== null || signalCode !== null)
            throw new Error(`troupe serve ended with ${exitCode ?? signalCode}: ${lines.join("\n")}`, { cause: error });
        }
      }
    },
    kill: async () => {
      child?.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      client?.close();
      child?.kill("SIGTERM");
      return ended;
    },
    startTwice: async () => {
      const { started, end } = launch();
      let said = "";
      started.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
      return { status: await end, said };
    },
    line: (wanted, withinMs = within(10_000)) =>
      new Promise((resolve, reject) => {
        const over = (): void => {
          clearTimeout(limit);
          listeners.delete(listener);
        };
        const listener = (line: string): void => {
          if (!wanted(line)) return;
          over();
          resolve(line);
        };
        const limit = setTimeout(() => {
          over();
          reject(new Error(`the daemon did not say what was awaited within ${withinMs} ms`));
        }, withinMs);
        listeners.add(listener);
      }),
  };
};

/** Processes of this node whose command line has these words; what one of them has forked has them too until its execve. */
export const processesWith = (words: string): readonly number[] => {
  const found = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLine(pid).includes(words));
  return found.length > 1 ? found.filter((pid) => !found.includes(parentOf(pid))) : found;
};

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it has ended
  }
};

/** The monitor of this daemon, found by its command line. */
export const monitorOf = ({ runDir }: TestDaemon): number | undefined =>
  processesWith(`monitor --run-dir ${runDir}`)[0];

/** Of a command: waits until it is there, as an OCI runtime may end a moment before the process executes it; kills it and waits for its end. */
export const endCommand = async (words: string): Promise<void> => {
  let pids: readonly number[] = [];
  await eventually(`the start of ${words}`, () => (pids = processesWith(words)).length > 0);
  await Promise.all(pids.map(killAndAwait));
};

/** Kills a process that is not ours to wait for, and waits for its end; one that has left by itself is fine, and so is none. */
export const killAndAwait = async (pid: number | undefined): Promise<void> => {
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  while (commandLine(pid) !== "") await pause(2);
};
