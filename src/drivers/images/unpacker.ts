/** The daemon's side of the unpack worker: one process for one job, never left behind. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Cancelled, fromFailure } from "../../errors.ts";
import { killGroup } from "../linux/process.ts";
import { program } from "../linux/program.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import type { UnpackAnswer, UnpackJob } from "./unpack-job.ts";

const worker = fileURLToPath(program("unpack-worker", import.meta.url));

/** On abort the worker is killed, its end awaited, and Cancelled thrown. */
export const unpackInWorker = async (
  job: Omit<UnpackJob, "daemonPid">,
  signal: AbortSignal,
): Promise<readonly WrittenLayer[]> => {
  const child = spawn(process.execPath, [worker], {
    // A group of its own: it is ended as one, and a terminal's ^C does not reach it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const kill = (): void => killWorker(child);
  signal.addEventListener("abort", kill);
  try {
    const answered = ending(child);
    if (signal.aborted) kill();
    else child.send({ ...job, daemonPid: process.pid } satisfies UnpackJob, () => {});
    const answer = await answered;
    if (signal.aborted) throw new Cancelled("unpacking was called off");
    if ("failure" in answer) throw fromFailure(answer.failure);
    return answer.unpacked;
  } finally {
    signal.removeEventListener("abort", kill);
  }
};

const killWorker = ({ pid, exitCode, signalCode }: ChildProcess): void => {
  if (pid !== undefined && exitCode === null && signalCode === null) killGroup(pid);
};

/** Its answer, once it has ended: until then it may still hold its lock. */
const ending = (child: ChildProcess): Promise<UnpackAnswer> =>
  new Promise((resolve) => {
    let answer: UnpackAnswer | undefined;
    let said = "";
    const unanswered = (why: string): UnpackAnswer => ({
      failure: { code: "Failed", text: `the unpack worker ${why}${said && `: ${said.trim()}`}` },
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
    child.on("message", (message) => (answer = message as UnpackAnswer));
    child.once("error", (error) => resolve(unanswered(`did not start: ${error.message}`)));
    child.once("close", (code, signal) => resolve(answer ?? unanswered(`ended with ${signal ?? `status ${code}`}`)));
  });
