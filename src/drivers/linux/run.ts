/**
 * Runs a short program to its end.
 *
 * By posix_spawn and not by Node's child_process: libuv forks, and this process stands still while its page tables are copied
 * (8 ms at 300 MB, where posix_spawn takes 0.15 ms). Such a child is not libuv's, so its end is seen by a pidfd.
 *
 *   stdin    a file in memory, written before the program begins: nobody feeds it, and who does not read it breaks nothing
 *   stdout   a pipe, or a file that is open already. Not a file in memory here: a program that writes without end would fill
 *   stderr   the memory before anyone looks, while a pipe holds 64 KiB and tells when nobody can write into it any more
 */
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { constants as system } from "node:os";
import { join } from "node:path";
import { Intake, type Taken } from "./intake.ts";
import { memoryFile } from "./memory-file.ts";
import { openPidfd } from "./pidfd.ts";
import { openPipe } from "./pipe.ts";
import { Readiness } from "./poll.ts";
import { killGroup } from "./process.ts";
import { spawnSealed } from "./sealed-program.ts";
import { spawn } from "./spawn.ts";
import { reap } from "./waitid.ts";

/** Bytes that are kept of it, an open file that takes it, or nobody who listens. */
export type Output = { readonly keep: number } | { readonly file: number } | "nowhere";

export interface Program {
  /** A name without a slash is looked for in the PATH of `env`. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** All of its stdin, or an open file; absent: it is empty. */
  readonly input?: string | { readonly file: number };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Executed from a sealed copy: an OCI runtime. */
  readonly sealed?: true;
}

export interface Ran {
  /** `signal`: the name of the one that ended it. */
  readonly end: { readonly code: number } | { readonly signal: string };
  /** Empty where it was not to be kept. */
  readonly stdout: Taken;
  readonly stderr: Taken;
}

/** What a program has started may hold its pipes open for ever: so long after its own exit nobody listens any more. */
const LINGER_MS = 1000;

/**
 * Runs it in `/` and in a session of its own, so that it does not die with us. Rejects with an error that has a `code` (ENOENT,
 * EACCES, ETXTBSY …) when it cannot be run at all. On `abort` its whole process group is killed, and this is fulfilled as ever
 * once it has ended; aborted before, it is not begun, and this rejects with the reason.
 */
export const run = async (program: Program, abort: AbortSignal): Promise<Ran> => {
  abort.throwIfAborted();
  const { pid, pidfd, stdout, stderr } = begin(program);
  const kill = (): void => killGroup(pid);
  abort.addEventListener("abort", kill, { once: true });
  await exited(pidfd);
  await lastWords([stdout, stderr]);
  abort.removeEventListener("abort", kill);
  // Not before: its pid is its group's number, and may be used again from now on.
  const end = reap(pidfd);
  closeSync(pidfd);
  if (typeof end === "string") throw new Error(`process ${pid} was waited for by somebody else`);
  return {
    end: "code" in end ? end : { signal: signalName(end.signal) },
    stdout: stdout?.taken() ?? nothing,
    stderr: stderr?.taken() ?? nothing,
  };
};

const nothing: Taken = { bytes: Buffer.alloc(0), cut: false };

interface Begun {
  readonly pid: number;
  readonly pidfd: number;
  readonly stdout: Intake | undefined;
  readonly stderr: Intake | undefined;
}

const begin = ({ argv: [name, ...parameters], env, input, sealed, ...outputs }: Program): Begun => {
  /** What only the child is to have open. */
  const childs: number[] = [];
  const intakes: Intake[] = [];
  const forChild = (fd: number): number => {
    childs.push(fd);
    return fd;
  };
  const streamFor = (output: Output): { readonly fd: number; readonly intake?: Intake } => {
    if (output === "nowhere") return { fd: forChild(openSync("/dev/null", "w")) };
    if ("file" in output) return { fd: output.file };
    const { read, write } = openPipe();
    const intake = new Intake(read, output.keep);
    intakes.push(intake);
    return { fd: forChild(write), intake };
  };
  let pid: number | undefined;
  try {
    const argv = [pathOf(name, env["PATH"]), ...parameters] as const;
    const stdin = typeof input === "object" ? input.file : forChild(stdinWith(input));
    const [stdout, stderr] = [streamFor(outputs.stdout), streamFor(outputs.stderr)];
    pid = (sealed ? spawnSealed : spawn)({ argv, env, cwd: "/", stdio: [stdin, stdout.fd, stderr.fd] });
    // First, so that a descriptor is free for the one that the child cannot be left without.
    childs.splice(0).forEach((fd) => closeSync(fd));
    return { pid, pidfd: openPidfd(pid), stdout: stdout.intake, stderr: stderr.intake };
  } catch (error) {
    if (pid !== undefined) killGroup(pid);
    for (const intake of intakes) intake.stop();
    throw error;
  } finally {
    childs.forEach((fd) => closeSync(fd));
  }
};

const stdinWith = (input: string | undefined): number =>
  input === undefined ? openSync("/dev/null", "r") : memoryFile(input);

/** As execvp(3), but in the child's PATH and not in ours. What is found nowhere stays as it is, for the kernel to refuse. */
const pathOf = (name: string, path = ""): string =>
  (name.includes("/") ? [] : path.split(":").map((directory) => join(directory, name))).find(isExecutable) ?? name;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** One for all. It would keep this program alive, and so is there only while something is waited for. */
let readiness: Readiness | undefined;
let waiting = 0;

const exited = async (pidfd: number): Promise<void> => {
  const all = (readiness ??= new Readiness());
  waiting += 1;
  await new Promise<void>((resolve) => {
    all.readable(pidfd, resolve);
  });
  waiting -= 1;
  if (waiting > 0) return;
  all.close();
  readiness = undefined;
};

const lastWords = async (outputs: readonly (Intake | undefined)[]): Promise<void> => {
  const intakes = outputs.flatMap((intake) => intake ?? []);
  const stop = (): void => intakes.forEach((intake) => intake.stop());
  const linger = setTimeout(stop, LINGER_MS);
  await Promise.all(intakes.map(({ closed }) => closed));
  clearTimeout(linger);
};

/** The first of several names: 6 is SIGABRT, not SIGIOT. */
const signalName = (number: number): string =>
  Object.entries(system.signals).find(([, signal]) => signal === number)?.[0] ?? `signal ${number}`;
