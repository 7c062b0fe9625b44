/**
 * Runs one short command to its end. It has its own process group, so that giving up ends its hooks and children with it, and
 * no pipe but the one asked for: what it starts may outlive it and would hold a pipe open.
 */
import { execa } from "execa";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { Unavailable } from "../../errors.ts";
import { endGroup } from "./process-group.ts";

export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes stderr, and the program's own log if it is told the same path. Read and deleted at the end. */
  readonly wordsFile: string;
  /** Stdout is read, up to 1 MiB; otherwise it is not even opened. */
  readonly answers?: boolean;
}

export interface Ended {
  readonly ok: boolean;
  /** `exit code 1`, `signal SIGKILL`: how it ended, for people. */
  readonly how: string;
  readonly stdout: string;
  /** The end of the words file, at most 64 KiB. */
  readonly words: string;
}

const STDOUT_BYTES = 1024 * 1024;
const WORDS_BYTES = 64 * 1024;

/** Rejects with Unavailable if it cannot be run, and with the signal's reason once it has ended after an abort. */
export const runCommand = async (
  { argv, env, wordsFile, answers = false }: Command,
  abort: AbortSignal,
): Promise<Ended> => {
  abort.throwIfAborted();
  rmSync(wordsFile, { force: true }); // of a daemon that died, whose pid we have got
  const words = openSync(wordsFile, "ax", 0o600);
  try {
    const [file, ...parameters] = argv;
    const running = execa(file, parameters, {
      env: { ...env },
      extendEnv: false,
      cwd: "/",
      detached: true,
      cleanup: false,
      reject: false,
      stdin: "ignore",
      stdout: answers ? "pipe" : "ignore",
      stderr: words as 2,
      maxBuffer: STDOUT_BYTES,
    });
    const end = () => endGroup(running.pid);
    abort.addEventListener("abort", end, { once: true });
    const result = await running.finally(() => abort.removeEventListener("abort", end));
    if (abort.aborted) throw abort.reason;
    if (running.pid === undefined)
      throw new Unavailable(`${file} cannot be run: ${result.originalMessage ?? "spawn failed"}`, result.cause);
    return {
      ok: !result.failed,
      how: result.signal === undefined ? `exit code ${result.exitCode}` : `signal ${result.signal}`,
      stdout: typeof result.stdout === "string" ? result.stdout : "",
      words: readFileSync(wordsFile).subarray(-WORDS_BYTES).toString(),
    };
  } finally {
    closeSync(words);
    rmSync(wordsFile, { force: true });
  }
};
