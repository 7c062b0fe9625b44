/**
 * Asks an expendable process about a path that is not ours. It may hang in the kernel for ever, unkillable, on a dead NFS: then it
 * is left behind with its SIGKILL pending, and nothing of this process waits with it.
 */
import { Failed, Overdue } from "../../errors.ts";
import { run } from "../linux/run.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";

const ANSWER_BYTES = 2 * 1024 * 1024;
const WORDS_BYTES = 64 * 1024;

/**
 * What the program printed. Throws Failed with the program's own words (`cause` none) where it did not succeed, and Overdue after
 * `boundMs`; `about` says in both what was being looked at.
 */
export const ask = async (argv: readonly [string, ...string[]], about: string, boundMs: number): Promise<Buffer> => {
  const givenUp = new AbortController();
  const env = { ...runtimeEnvironment, LC_ALL: "C" };
  const outputs = { stdout: { keep: ANSWER_BYTES }, stderr: { keep: WORDS_BYTES } };
  const overdue = Promise.withResolvers<undefined>();
  const timer = setTimeout(overdue.resolve, boundMs, undefined);
  const running = run({ argv, env, ...outputs }, givenUp.signal).catch((error: unknown) => {
    throw new Failed(`${about} cannot be used: ${error instanceof Error ? error.message : String(error)}`, error);
  });
  const ran = await Promise.race([running, overdue.promise]).finally(() => clearTimeout(timer));
  if (ran === undefined) {
    givenUp.abort();
    throw new Overdue(`${about} did not answer within ${boundMs} ms: is its filesystem reachable?`);
  }
  const { end, stdout, stderr } = ran;
  if ("code" in end && end.code === 0 && !stdout.cut) return stdout.bytes;
  const ending = stdout.cut
    ? `said more than ${ANSWER_BYTES} bytes`
    : `ended with ${"code" in end ? end.code : end.signal}`;
  throw new Failed(`${about} cannot be used: ${stderr.bytes.toString().trim() || `${argv[0]} ${ending}`}`);
};
