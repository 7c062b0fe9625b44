/**
 * Asks an expendable process about a path that is not ours. It may hang in the kernel for ever, unkillable, on a dead NFS: then it
 * is left behind with its SIGKILL pending, and nothing of this process waits with it.
 */
import type { ChildProcess } from "node:child_process";
import { execa } from "execa";
import { Failed, Overdue } from "../../errors.ts";
import { endGroup } from "./process-group.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";

const ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * What the program printed. Throws Failed with the program's own words (`cause` none) where it did not succeed, and Overdue after
 * `boundMs`; `about` says in both what was being looked at.
 */
export const ask = async (argv: readonly [string, ...string[]], about: string, boundMs: number): Promise<Buffer> => {
  const [file, ...parameters] = argv;
  const running = execa(file, parameters, {
    env: { ...runtimeEnvironment, LC_ALL: "C" },
    extendEnv: false,
    cwd: "/",
    detached: true,
    cleanup: false,
    reject: false,
    stdin: "ignore",
    encoding: "buffer",
    maxBuffer: ANSWER_BYTES,
    stripFinalNewline: false,
  });
  const overdue = Promise.withResolvers<undefined>();
  const timer = setTimeout(overdue.resolve, boundMs, undefined);
  const result = await Promise.race([running, overdue.promise]);
  clearTimeout(timer);
  if (result === undefined) {
    abandon(running);
    throw new Overdue(`${about} did not answer within ${boundMs} ms: is its filesystem reachable?`);
  }
  if (!result.failed) return Buffer.from(result.stdout);
  const words = Buffer.from(result.stderr ?? "")
    .toString()
    .trim();
  throw new Failed(
    `${about} cannot be used: ${words || result.originalMessage || `${file} ended with ${result.exitCode ?? result.signal}`}`,
  );
};

/** Left with its group's SIGKILL pending, unwaited for: neither its pipes nor its handle keep anything here. */
const abandon = ({ nodeChildProcess: child }: { readonly nodeChildProcess: ChildProcess }): void => {
  endGroup(child.pid);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
};
