/** What the demo sees for itself, in /proc and in a log file: it does not take Troupe's word for what Troupe does. */
import { readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const text = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // the process has ended
  }
};

export const isThere = (pid: number): boolean => text(`/proc/${pid}/stat`) !== undefined;

/** The first process of the container whose command line holds `mark`, as pid on this node. */
export const initOf = (mark: string): number | undefined =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      if (text(`/proc/${pid}/cmdline`)?.includes(mark) !== true) return false;
      const pids = /^NSpid:\t(.*)$/m.exec(text(`/proc/${pid}/status`) ?? "")?.[1]?.split("\t") ?? [];
      return pids.length > 1 && pids.at(-1) === "1";
    });

export const parentOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)$/m.exec(text(`/proc/${pid}/status`) ?? "")?.[1] ?? Number.NaN);

/** Where the kernel laid a process's stack: drawn anew by each execve, so it tells two programs in one process apart. */
export const programOf = (pid: number): string => text(`/proc/${pid}/stat`)?.split(") ")[1]?.split(" ")[25] ?? "";

/** Waits for the end of a process that is not ours to wait for. */
export const gone = async (pid: number, withinMs: number): Promise<number> => {
  const begun = performance.now();
  while (isThere(pid)) {
    if (performance.now() - begun > withinMs)
      throw new Error(
        `process ${pid} is still there after ${withinMs} ms: ${text(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ")}`,
      );
    await pause(5);
  }
  return performance.now() - begun;
};

/** What a web server at this address says. Tries again while it is refused: the server in the container is just starting. */
export const fetchText = async (url: string, withinMs: number): Promise<string> => {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
      return `${answer.status} ${(await answer.text()).trim()}`;
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(10);
    }
  }
};

/** Connects and hangs up at once. */
export const knock = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.end());
    socket.once("error", reject);
    socket.once("close", () => resolve());
    socket.resume();
  });

const criLine = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) ([PF]) (.*)$/;

/** The lines of a container's log in the CRI format, partial ones joined; throws at a line that is not in that format. */
export const logLines = (file: string): string[] => {
  const lines: string[] = [];
  let partial = "";
  const complete = readFileSync(file, "utf8").split("\n").slice(0, -1);
  for (const line of complete) {
    const found = criLine.exec(line);
    if (!found) throw new Error(`${file} has a line that is not in the CRI log format: ${JSON.stringify(line)}`);
    partial += found[2];
    if (found[1] === "P") continue;
    lines.push(partial);
    partial = "";
  }
  return lines;
};

/** The numbers of the lines `line N`. */
export const numbersIn = (file: string): number[] =>
  logLines(file).flatMap((line) => (line.startsWith("line ") ? [Number(line.slice(5))] : []));
