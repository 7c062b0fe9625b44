/**
 * Runs one short command to its end. It has its own process group, so that giving up ends its hooks and children with it, and
 * no pipe but the one asked for: what it starts may outlive it, and would get SIGPIPE from one that we close.
 */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { Unavailable } from "../../errors.ts";
import { run, type Program, type Ran } from "../linux/run.ts";

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
    const stdout = answers ? { keep: STDOUT_BYTES } : "nowhere";
    const { end, stdout: answer } = await runOrRefuse(
      { argv, env, stdout, stderr: { file: words }, sealed: true },
      abort,
    );
    if (abort.aborted) throw abort.reason;
    const ending = "code" in end ? `exit code ${end.code}` : `signal ${end.signal}`;
    return {
      ok: "code" in end && end.code === 0 && !answer.cut,
      how: answer.cut ? `more than ${STDOUT_BYTES} bytes of answer` : ending,
      stdout: answer.bytes.toString().replace(/\n$/, ""),
      words: readFileSync(wordsFile).subarray(-WORDS_BYTES).toString(),
    };
  } finally {
    closeSync(words);
    rmSync(wordsFile, { force: true });
  }
};

const runOrRefuse = async (program: Program, abort: AbortSignal): Promise<Ran> => {
  try {
    return await run(program, abort);
  } catch (error) {
    const [file] = program.argv;
    const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
    throw new Unavailable(`${file} cannot be run: spawn ${file} ${code}`, error);
  }
};
