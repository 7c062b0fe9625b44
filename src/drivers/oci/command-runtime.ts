/**
 * The OCI runtimes that share runc's command line: `OciRuntime` over crun, runc and their like.
 *
 *   bundle of a container      config.json, create.pid, create.log, exec-ID.{json,pid,log}
 *   logDir                     one file for each call under way, deleted when it ends
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Failed, TroupeError } from "../../errors.ts";
import type { ContainerId } from "../../vocabulary/index.ts";
import { execRun, runFile } from "./bundle-files.ts";
import { clearCheckpoint, writeCheckpoint, type CheckpointPlaces } from "./checkpoint.ts";
import type { CompiledFilters } from "./compiled-filters.ts";
import { settleCommands } from "./commands-in-flight.ts";
import { runCommand, type Ended } from "./command.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import { explainRuntimeFailure } from "./runtime-failure.ts";
import { lastError } from "./runtime-log.ts";
import type { CommandLine, OciRuntime, RuntimeFeatures, RuntimeStatus } from "./runtime.ts";

export interface CommandRuntimeOptions {
  readonly handler: string;
  /** Absolute path of the program. */
  readonly path: string;
  readonly version: string;
  readonly features: RuntimeFeatures;
  readonly filters?: CompiledFilters | undefined;
  /** The program's own state, this handler's alone: `/run/troupe/oci/<handler>`. Lives as long as the containers. */
  readonly root: string;
  readonly logDir: string;
  /** Where `Bundles` writes. */
  readonly bundleDir: string;
  readonly systemdCgroup: boolean;
  readonly checkpoints: CheckpointPlaces;
}

export const ociRuntime = (options: CommandRuntimeOptions): OciRuntime => {
  const { handler, path, version, features, filters, root, logDir, bundleDir } = options;
  for (const directory of [root, logDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  let calls = 0;

  const command = (log: string, ...words: string[]): CommandLine["argv"] => {
    const manager = options.systemdCgroup ? ["--systemd-cgroup"] : [];
    return [path, "--root", root, "--log", log, "--log-format", "json", ...manager, ...words];
  };
  const call = (abort: AbortSignal, words: readonly string[], answers = false): Promise<Ended> => {
    calls += 1;
    const wordsFile = join(logDir, `${handler}-${process.pid}-${calls}.log`); // the handlers of a node share the directory
    return runCommand({ argv: command(wordsFile, ...words), env: runtimeEnvironment, wordsFile, answers }, abort);
  };
  const composed = (
    id: ContainerId,
    run: string,
    words: (bundle: string, pidFile: string) => string[],
  ): CommandLine => {
    const bundle = join(bundleDir, id);
    const pidFile = runFile(bundle, run, "pid");
    const runtimeLog = runFile(bundle, run, "log");
    return {
      argv: command(runtimeLog, ...words(bundle, pidFile)),
      env: runtimeEnvironment,
      cwd: bundle,
      pidFile,
      runtimeLog,
    };
  };
  const failed = (verb: string, ended: Ended): TroupeError => {
    const { code, text } = explainRuntimeFailure(
      lastError(ended.words) || `it ended with ${ended.how}, without a word`,
    );
    return new TroupeError(code, `${basename(path)} could not ${verb} the container: ${text}`);
  };

  /** What is not frozen it refuses; what it cannot help, nobody can. */
  const thaw = async (id: ContainerId): Promise<void> =>
    void (await call(AbortSignal.timeout(THAW_MS), ["resume", id]).catch(() => undefined));

  const status = async (id: ContainerId, abort: AbortSignal): Promise<RuntimeStatus | undefined> => {
    const ended = await call(abort, ["state", id], true);
    if (ended.ok) return readStatus(ended.stdout);
    const failure = failed("tell the state of", ended);
    if (failure.code === "NotFound") return undefined;
    throw failure;
  };

  return {
    handler,
    path,
    version,
    features,
    filters,
    status,

    create: (id, console) =>
      composed(id, "create", (bundle, pidFile) => [
        "create",
        "--bundle",
        bundle,
        "--pid-file",
        pidFile,
        ...handingOver(console),
        id,
      ]),

    exec: (id, execId, processFile, console) =>
      composed(id, execRun(execId), (_, pidFile) => [
        "exec",
        "--process",
        processFile,
        "--detach",
        "--pid-file",
        pidFile,
        ...handingOver(console),
        id,
      ]),

    start: async (id, signal) => {
      filters?.learn(id);
      const ended = await call(signal, ["start", id]);
      if (!ended.ok) throw failed("start", ended);
    },

    update: async (id, limits, abort) => {
      calls += 1;
      const file = join(logDir, `${handler}-${process.pid}-${calls}.json`);
      try {
        writeFileSync(file, JSON.stringify(limits), { mode: 0o600 });
        const ended = await call(abort, ["update", "--resources", file, id]);
        if (!ended.ok) throw failed("change the limits of", ended);
      } finally {
        rmSync(file, { force: true });
      }
    },

    kill: async (id, signal, all, abort) => {
      const ended = await call(abort, ["kill", ...(all ? ["--all"] : []), id, String(signal)]);
      if (ended.ok) return;
      const failure = failed("signal", ended);
      const gone = failure.code === "NotFound" || failure.code === "NotAllowed";
      if (!gone) throw failure;
    },

    delete: async (id, abort) => {
      if (!existsSync(join(root, id))) return; // the undo of a create that never began needs no runtime that works
      filters?.forget(id);
      const ended = await call(abort, ["delete", "--force", id]);
      // Success proves little: both answer 0 for a container that they cannot read. Its directory tells.
      if (!existsSync(join(root, id))) return;
      if ((await status(id, abort)) !== undefined) throw failed("delete", ended);
      rmSync(join(root, id), { recursive: true, force: true }); // a create died before it had written its state
    },

    checkpoint: (id, request, abort) => {
      const dump = async (images: string, work: string): Promise<void> => {
        const words = [
          "checkpoint",
          "--image-path",
          images,
          "--work-path",
          work,
          "--leave-running",
          "--file-locks",
          id,
        ];
        const ended = await call(abort, words);
        if (!ended.ok) throw failed("write a checkpoint of", ended);
      };
      const dumper = { dump, thaw: () => thaw(id) };
      return writeCheckpoint(id, request, { bundle: join(bundleDir, id), places: options.checkpoints, dumper }, abort);
    },

    async settle(id, boundMs) {
      await settleCommands(root, id, boundMs);
      await clearCheckpoint(options.checkpoints.staging(id), join(bundleDir, id), () => thaw(id));
      // A command of a dead daemon that only now came to its log made the file anew.
      const foreign = (name: string): boolean =>
        name.startsWith(`${handler}-`) && !name.startsWith(`${handler}-${process.pid}-`);
      for (const name of readdirSync(logDir).filter(foreign)) rmSync(join(logDir, name), { force: true });
    },
  };
};

const THAW_MS = 5_000;

const handingOver = (console: string | undefined): string[] =>
  console === undefined ? [] : ["--console-socket", console];

const STATUSES: readonly RuntimeStatus[] = ["creating", "created", "running", "paused", "stopped"];

/** runtime-spec runtime.md, State. */
const readStatus = (state: string): RuntimeStatus => {
  try {
    const { status }: { status?: unknown } = JSON.parse(state);
    const known = STATUSES.find((name) => name === status);
    if (known) return known;
  } catch {
    // Said below.
  }
  throw new Failed(
    `the OCI runtime answered its state command with something else than a state: ${state.slice(0, 200)}`,
  );
};
