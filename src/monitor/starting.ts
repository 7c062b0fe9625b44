/**
 * Runs `create` and `exec` of an OCI runtime, as the parent of what they start. What comes of it is a process to wait for, or
 * a failure in the runtime's own words.
 */
import { readFileSync } from "node:fs";
import { ConsoleSocket } from "../drivers/linux/console-socket.ts";
import { makeNonBlocking } from "../drivers/linux/descriptor.ts";
import { openForContainer, openForReader, openToWrite } from "../drivers/linux/fifo.ts";
import { isErrno, SystemError } from "../drivers/linux/libc.ts";
import type { Readiness } from "../drivers/linux/poll.ts";
import { setOomScore } from "../drivers/linux/oom-score.ts";
import { killGroupOf } from "../drivers/linux/process-group.ts";
import { nameProcess } from "../drivers/linux/process.ts";
import { explainRuntimeFailure } from "../drivers/oci/runtime-failure.ts";
import { lastError } from "../drivers/oci/runtime-log.ts";
import { Failed, fromFailure, Overdue, Unavailable, type TroupeError } from "../errors.ts";
import { shortId } from "../vocabulary/index.ts";
import { labelStreams } from "./labels.ts";
import type { CreateRequest, ExecRequest, Places, ProcessName, RuntimeCommand } from "./protocol.ts";
import { closeStdio, openStdio, type Stdio } from "./stdio.ts";
import { takeAll, type Streams } from "./streams.ts";
import { runTool, type ToolEnd } from "./tool.ts";

const label = labelStreams();
const LONGEST_WORDS = 2000;

export interface MadeContainer {
  /** It waits for `start`. */
  readonly init: ProcessName;
  /** Of its terminal, if it was to have one; non-blocking, the caller's to close. */
  readonly master?: number;
}

/** `streams` are our ends of its FIFOs; `tools` has the pids of tools while they are under way. */
export const createContainer = async (
  readiness: Readiness,
  places: Places,
  request: CreateRequest,
  streams: Streams,
  tools: Set<number>,
): Promise<MadeContainer> => {
  const what = `create container "${shortId(request.id)}"`;
  const console = request.terminal ? new ConsoleSocket(places.console(request.id)) : undefined;
  try {
    label(request.cwd, fifosOf(places, request.id, streams));
    const end = await run(readiness, request, what, () => containerStdio(places, request.id, streams), tools);
    // The runtime talks into the streams that will be the container's, whose own program waits for `start`.
    const said = [streams.stdout, streams.stderr].map((fifo) => (fifo === undefined ? "" : takeAll(fifo).toString()));
    if (!("code" in end && end.code === 0)) throw failure(request, what, end, said.join(""));
    const init = madeProcess(request, what);
    // crun takes 0 for nothing said, and leaves its caller's: ours. The program is not begun yet.
    if (request.oomScoreAdj !== undefined) setOomScore(init.pid, request.oomScoreAdj);
    return console ? { init, master: takeMaster(console, request, what) } : { init };
  } finally {
    console?.close();
  }
};

const fifosOf = (places: Places, id: string, { stderr, stdin }: Streams): readonly string[] => [
  places.fifo(id, "stdout"),
  ...(stderr === undefined ? [] : [places.fifo(id, "stderr")]),
  ...(stdin === undefined ? [] : [places.fifo(id, "stdin")]),
];

/** Of a container with a terminal the streams are for the OCI runtime alone. */
const containerStdio = (places: Places, id: string, streams: Streams): Stdio => {
  const output = (stream: "stdout" | "stderr") => () => openForContainer(places.fifo(id, stream));
  const stdin = (): number => openForReader(places.fifo(id, "stdin"));
  const stderr = output(streams.stderr === undefined ? "stdout" : "stderr");
  return openStdio({ stdout: output("stdout"), stderr, ...(streams.stdin !== undefined && { stdin }) });
};

const takeMaster = (console: ConsoleSocket, { argv }: CreateRequest, what: string): number => {
  const master = console.take();
  if (master === undefined)
    throw new Failed(`could not ${what}: ${argv[0]} succeeded, but has handed over no terminal`);
  makeNonBlocking(master);
  return master;
};

/** Resolves with the process that runs the command; what the runtime says goes to the daemon's FIFO. */
export const execProcess = async (
  readiness: Readiness,
  request: ExecRequest,
  tools: Set<number>,
): Promise<ProcessName> => {
  const what = `exec in container "${shortId(request.containerId)}"`;
  const { stdin, oomScoreAdj } = request;
  const output = (path: string) => () => openListened(path, what);
  const open = (): Stdio =>
    openStdio({
      stdout: output(request.stdout),
      stderr: output(request.stderr),
      ...(stdin !== undefined && { stdin: () => openForReader(stdin) }),
    });
  label(request.cwd, [request.stdout, request.stderr, ...(stdin === undefined ? [] : [stdin])]);
  // crun's `exec` leaves its caller's score to the command: ours protects us.
  const end = await run(readiness, request, what, open, tools, oomScoreAdj);
  if ("code" in end && end.code === 0) return madeProcess(request, what);
  // A runtime that fails once the command has begun leaves it to nobody.
  const left = processNamedIn(request.pidFile);
  if (left) killGroupOf(left);
  throw failure(request, what, end, "");
};

/** Closes our copies of the streams that the tool has got, at its end. */
const run = async (
  readiness: Readiness,
  command: RuntimeCommand,
  what: string,
  open: () => Stdio,
  tools: Set<number>,
  oomScoreAdj?: number,
): Promise<ToolEnd> => {
  const stdio = open();
  let tool = 0;
  try {
    return await runTool(readiness, command, stdio, (pid) => void tools.add((tool = pid)), oomScoreAdj);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Failed(`could not ${what}: ${command.argv[0]} cannot be run: ${error.message}`, error);
  } finally {
    tools.delete(tool);
    closeStdio(stdio);
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

/** The pid cannot have been used again: nobody but us reaps our children, and a sweep spares what pid files of tools name. */
const madeProcess = ({ pidFile, argv }: RuntimeCommand, what: string): ProcessName => {
  const made = processNamedIn(pidFile);
  if (made) return made;
  throw new Failed(`could not ${what}: ${argv[0]} succeeded, but the process that ${pidFile} should name is not there`);
};

/** Absent: nothing is named there yet, or it has gone. */
export const processNamedIn = (pidFile: string): ProcessName | undefined => {
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
