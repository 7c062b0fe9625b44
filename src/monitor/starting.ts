/**
 * Runs `create` and `exec` of an OCI runtime, as the parent of what they start. What comes of it is a process to wait for, or
 * a failure in the runtime's own words.
 */
import { closeSync, readFileSync } from "node:fs";
import { openForContainer, openToWrite } from "../drivers/linux/fifo.ts";
import { isErrno, SystemError } from "../drivers/linux/libc.ts";
import type { Readiness } from "../drivers/linux/poll.ts";
import { killGroupOf } from "../drivers/linux/process-group.ts";
import { nameProcess } from "../drivers/linux/process.ts";
import { explainRuntimeFailure } from "../drivers/oci/runtime-failure.ts";
import { lastError } from "../drivers/oci/runtime-log.ts";
import { Failed, fromFailure, Overdue, Unavailable, type TroupeError } from "../errors.ts";
import { shortId } from "../vocabulary/index.ts";
import type { CreateRequest, ExecRequest, Places, ProcessName, RuntimeCommand } from "./protocol.ts";
import { takeAll, type Streams } from "./streams.ts";
import { runTool, type ToolEnd } from "./tool.ts";

const LONGEST_WORDS = 2000;

/** Resolves with the container's init, which then waits for `start`. `streams` are the reading ends of its FIFOs. */
export const createContainer = async (
  readiness: Readiness,
  places: Places,
  request: CreateRequest,
  streams: Streams,
): Promise<ProcessName> => {
  const stdout = openForContainer(places.fifo(request.id, "stdout"));
  const stderr = openForContainer(places.fifo(request.id, "stderr"));
  const what = `create container "${shortId(request.id)}"`;
  const end = await run(readiness, request, what, [stdout, stderr]);
  // The runtime talks into the streams that will be the container's, whose own program waits for `start`.
  const said = `${takeAll(streams.stdout).toString()}${takeAll(streams.stderr).toString()}`;
  if (!("code" in end && end.code === 0)) throw failure(request, what, end, said);
  return madeProcess(request, what);
};

/** Resolves with the process that runs the command; what the runtime says goes to the daemon's FIFO. */
export const execProcess = async (readiness: Readiness, request: ExecRequest): Promise<ProcessName> => {
  const what = `exec in container "${shortId(request.containerId)}"`;
  const stdout = openListened(request.stdout, what);
  let stderr: number;
  try {
    stderr = openListened(request.stderr, what);
  } catch (error) {
    closeSync(stdout);
    throw error;
  }
  const end = await run(readiness, request, what, [stdout, stderr]);
  if ("code" in end && end.code === 0) return madeProcess(request, what);
  // A runtime that fails once the command has begun leaves it to nobody.
  const left = processNamedIn(request.pidFile);
  if (left) killGroupOf(left);
  throw failure(request, what, end, "");
};

/** Closes `stdio`, our copies of the streams that the tool has got. */
const run = async (
  readiness: Readiness,
  command: RuntimeCommand,
  what: string,
  stdio: readonly [number, number],
): Promise<ToolEnd> => {
  try {
    return await runTool(readiness, command, ...stdio);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Failed(`could not ${what}: ${command.argv[0]} cannot be run: ${error.message}`, error);
  } finally {
    for (const fd of stdio) closeSync(fd);
  }
};

const openListened = (path: string, what: string): number => {
  try {
    return openToWrite(path);
  } catch (error) {
    throw new Unavailable(`could not ${what}: nobody listens to its output any more`, error);
  }
};

const failure = (command: RuntimeCommand, what: string, end: ToolEnd, said: string): TroupeError => {
  if ("overdueMs" in end)
    return new Overdue(`could not ${what}: ${command.argv[0]} was not done after ${end.overdueMs} ms and was killed`);
  const words = wordsOf(readIfThere(command.runtimeLog), said);
  if ("signal" in end) {
    const behind = words === "" ? "" : `; its last words: ${words}`;
    return new Failed(`could not ${what}: ${command.argv[0]} was killed by signal ${end.signal}${behind}`);
  }
  const { code, text } = explainRuntimeFailure(words);
  return fromFailure({ code, text: `could not ${what}: ${text}` });
};

/** The last error of the runtime's own log, and what else it or a hook said; it repeats its error there. */
export const wordsOf = (runtimeLog: string, said: string): string => {
  const reason = lastError(runtimeLog);
  const lines = said.split("\n").map((line) => line.trim());
  const more = lines.filter((line) => line !== "" && !reason.includes(line)).join("; ");
  return [reason, more].filter(Boolean).join("; it said: ").slice(0, LONGEST_WORDS);
};

/** The pid cannot have been used again: nobody but us reaps our children, and no sweep runs beside a tool. */
const madeProcess = ({ pidFile, argv }: RuntimeCommand, what: string): ProcessName => {
  const made = processNamedIn(pidFile);
  if (made) return made;
  throw new Failed(`could not ${what}: ${argv[0]} succeeded, but the process that ${pidFile} should name is not there`);
};

const processNamedIn = (pidFile: string): ProcessName | undefined => {
  const pid = Number.parseInt(readIfThere(pidFile), 10);
  return Number.isNaN(pid) ? undefined : nameProcess(pid);
};

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
};
