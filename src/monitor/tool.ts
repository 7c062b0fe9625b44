/** Runs one command of an OCI runtime to its end. Its end is its exit: its pipes live on in the container that it made. */
import { closeSync } from "node:fs";
import { withOomScore } from "../drivers/linux/oom-score.ts";
import { openPidfd } from "../drivers/linux/pidfd.ts";
import { openPipe } from "../drivers/linux/pipe.ts";
import type { Readiness } from "../drivers/linux/poll.ts";
import { killGroup } from "../drivers/linux/process.ts";
import { spawnSealed } from "../drivers/linux/sealed-program.ts";
import { reap, type WaitStatus } from "../drivers/linux/waitid.ts";
import type { RuntimeCommand } from "./protocol.ts";
import type { Stdio } from "./stdio.ts";

export type ToolEnd = WaitStatus | { readonly overdueMs: number };

/** Variables by which a parent passes descriptors and a channel to its supervisor: not the container's business. */
const notInherited = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"];

/**
 * Throws a SystemError when it cannot be run at all. On overrun of its bound its whole process group is killed. `begun` is told
 * its pid at once. `oomScoreAdj` is its own and that of all that it forks; absent: ours.
 */
export const runTool = async (
  readiness: Readiness,
  command: RuntimeCommand,
  { stdin, stdout, stderr }: Stdio,
  begun: (pid: number) => void = () => {},
  oomScoreAdj?: number,
): Promise<ToolEnd> => {
  const env = Object.fromEntries(Object.entries(command.env).filter(([key]) => !notInherited.includes(key)));
  const input = stdin ?? pipeAtItsEnd();
  let pid: number;
  try {
    const stdio = [input, stdout, stderr] as const;
    pid = withOomScore(oomScoreAdj, () => spawnSealed({ argv: command.argv, env, cwd: command.cwd, stdio }));
    begun(pid);
  } finally {
    if (stdin === undefined) closeSync(input);
  }
  const pidfd = openPidfd(pid);
  let overdue = false;
  const bound = setTimeout(() => {
    overdue = true;
    killGroup(pid);
  }, command.boundMs);
  await new Promise<void>((resolve) => {
    readiness.readable(pidfd, resolve);
  });
  clearTimeout(bound);
  const end = reap(pidfd);
  closeSync(pidfd);
  if (overdue) return { overdueMs: command.boundMs };
  if (typeof end === "string") throw new Error(`process ${pid} was waited for by somebody else`);
  return end;
};

/** Not /dev/null: crun's `exec` makes whatever its stdin is the property of the exec's user. */
const pipeAtItsEnd = (): number => {
  const { read, write } = openPipe();
  closeSync(write);
  return read;
};
