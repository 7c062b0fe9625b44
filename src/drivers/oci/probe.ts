/** Finds the configured OCI runtimes at start, asks what they can do, and says in words which cannot be used on this host. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { nothingKept, questionTo, type Answers } from "../linux/answers.ts";
import { isErrno } from "../linux/libc.ts";
import { runCommand, type Command } from "./command.ts";
import { compiledFilters } from "./compiled-filters.ts";
import type { CheckpointPlaces } from "./checkpoint.ts";
import { ociRuntime } from "./command-runtime.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import type { OciRuntime, RuntimeFeatures, UnusableRuntime } from "./runtime.ts";
import {
  knownFeatures,
  parseFeatures,
  parseVersion,
  takesFilters,
  tellsFeatures,
  type RuntimeVersion,
} from "./version.ts";

export interface Handler {
  readonly name: string;
  /** Absent: a program of the handler's name is looked for. */
  readonly path?: string;
}

/** The host and the places of this node, as `ociRuntime` needs them. */
export interface ProbeOptions {
  /** Controllers on the v2 half of a hybrid cgroup layout (`CgroupFacts.hybridControllers`). */
  readonly hybridControllers: readonly string[];
  /** Directory of all handlers' state: `/run/troupe/oci`. */
  readonly dir: string;
  readonly logDir: string;
  readonly bundleDir: string;
  /** Of seccomp filters that these runtimes have compiled, a directory for each handler. */
  readonly filterDir: string;
  readonly systemdCgroup: boolean;
  readonly checkpoints: CheckpointPlaces;
  /** What they said since the last boot; absent: they are asked. */
  readonly answers?: Answers;
  /** How long a runtime may take to say what it is. */
  readonly boundMs?: number;
}

export interface Probed {
  readonly usable: OciRuntime[];
  readonly unusable: UnusableRuntime[];
}

/** Never rejects for a runtime: those that cannot be used are in `unusable`, with the reason and the remedy. */
export const probeRuntimes = async (handlers: readonly Handler[], options: ProbeOptions): Promise<Probed> => {
  mkdirSync(options.logDir, { recursive: true, mode: 0o700 });
  // All at once: a start of the daemon waits for them.
  const probed = await Promise.all(handlers.map((handler) => probeOrRefuse(handler, options)));
  return {
    usable: probed.filter((one): one is OciRuntime => !("reason" in one)),
    unusable: probed.filter((one): one is UnusableRuntime => "reason" in one),
  };
};

const probeOrRefuse = async (
  { name, path: set }: Handler,
  options: ProbeOptions,
): Promise<OciRuntime | UnusableRuntime> => {
  const path = set ?? find(name);
  try {
    return await probe(name, path, options);
  } catch (error) {
    return { handler: name, path: path ?? "", reason: error instanceof Error ? error.message : String(error) };
  }
};

const probe = async (handler: string, path: string | undefined, options: ProbeOptions): Promise<OciRuntime> => {
  if (path === undefined)
    throw new Error(`no program "${handler}" is in ${runtimeEnvironment.PATH}; install it, or set runtime_path`);
  if (!isExecutable(path))
    throw new Error(`${path} is not there, or is no program; install the OCI runtime, or set runtime_path`);
  const said = await ask(handler, path, "--version", options);
  if (said === undefined)
    throw new Error(`${path} --version failed; check that it is an OCI runtime of this machine's kind`);
  const version = parseVersion(said);
  refuse(version, path, options.hybridControllers);
  const features = tellsFeatures(version)
    ? featuresOf(await ask(handler, path, "features", options), version)
    : knownFeatures(version);
  const { logDir, bundleDir, systemdCgroup, checkpoints } = options;
  const root = join(options.dir, handler);
  const filters = takesFilters(version)
    ? compiledFilters({ dir: join(options.filterDir, handler), path, root })
    : undefined;
  return ociRuntime({
    handler,
    path,
    version: version.version,
    features,
    filters,
    root,
    logDir,
    bundleDir,
    systemdCgroup,
    checkpoints,
  });
};

/** Throws where the runtime is known not to work here, or not in the way in which Troupe uses one. */
const refuse = ({ kind }: RuntimeVersion, path: string, hybridControllers: readonly string[]): void => {
  if (kind === "") throw new Error(`${path} --version names no OCI runtime; set runtime_path to one`);
  if (kind === "crun" && hybridControllers.length > 0)
    throw new Error(
      `crun refuses a hybrid cgroup layout whose v2 half has controllers (here: ${hybridControllers.join(", ")}); ` +
        "boot with systemd.unified_cgroup_hierarchy=1, or mount these controllers as v1, or use runc",
    );
  if (kind === "runsc")
    throw new Error(
      `${path} is runsc: one process of its own stands for the whole pod, so that no container's exit can be seen`,
    );
  if (kind.includes("kata"))
    throw new Error(
      `${path} is Kata: since 2.0 it has no OCI command line, only a containerd shim, which Troupe does not speak`,
    );
};

const featuresOf = (said: string | undefined, version: RuntimeVersion): RuntimeFeatures => {
  if (said !== undefined) {
    try {
      return parseFeatures(said, version);
    } catch {
      // An old runtime may answer an unknown command with its usage and success.
    }
  }
  return knownFeatures(version);
};

/** What the program printed; absent: it failed. */
const ask = (
  handler: string,
  path: string,
  word: "--version" | "features",
  options: ProbeOptions,
): Promise<string | undefined> => {
  const { answers = nothingKept } = options;
  return answers.to(questionTo(path, word), () => answerOf(handler, path, word, options));
};

const answerOf = async (
  handler: string,
  path: string,
  word: "--version" | "features",
  { logDir, boundMs = 10_000 }: ProbeOptions,
): Promise<string | undefined> => {
  const wordsFile = join(logDir, `${handler}-${process.pid}-${word}.log`);
  const command: Command = { argv: [path, word], env: runtimeEnvironment, wordsFile, answers: true };
  const bound = AbortSignal.timeout(boundMs);
  try {
    const ended = await runCommand(command, bound);
    return ended.ok ? ended.stdout : undefined;
  } catch (error) {
    if (bound.aborted) throw new Error(`${path} ${word} did not answer within ${boundMs} ms`, { cause: error });
    throw error;
  }
};

const find = (name: string): string | undefined =>
  runtimeEnvironment.PATH.split(":")
    .map((directory) => join(directory, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return false;
    throw error;
  }
};
