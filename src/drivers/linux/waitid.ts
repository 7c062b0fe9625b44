/** waitid(2) on single processes: by pidfd or pid, never on "any", which would take a child from whoever waits for it. */
import koffi from "koffi";
import { declare, SystemError } from "./libc.ts";

const P_PID = 1;
const P_PIDFD = 3;
const WNOHANG = 0x1;
const WEXITED = 0x4;
const WNOWAIT = 0x1000000;
const CLD_EXITED = 1;
/** libuv, from which symbolic names come, does not know this one. */
const ECHILD = 10;

const waitid = declare<(kind: number, id: number, info: Buffer, options: number) => number>(
  "int waitid(int kind, unsigned int id, void *info, int options)",
);

export type WaitStatus = { readonly code: number } | { readonly signal: number };

/** How a child ended; `running` while it has not; `foreign`: not a child of this process, or reaped already. */
export type Waited = WaitStatus | "running" | "foreign";

/** How it ended, leaving it a zombie, so that nothing is lost if we die before the exit is kept. */
export const peekExit = (pidfd: number): Waited => wait(P_PIDFD, pidfd, WNOWAIT);

/** Takes the zombie away; from then on the pid may be used again. */
export const reap = (pidfd: number): Waited => wait(P_PIDFD, pidfd, 0);

export const reapPid = (pid: number): Waited => wait(P_PID, pid, 0);

const wait = (kind: number, id: number, options: number): Waited => {
  const info = Buffer.alloc(128); // siginfo_t
  if (waitid(kind, id, info, WEXITED | WNOHANG | options) !== 0) {
    const error = new SystemError("waitid", koffi.errno(), String(id));
    if (error.errno === ECHILD) return "foreign";
    if (error.code === "EAGAIN" || error.code === "EINTR") return "running"; // a pidfd that a poll made non-blocking
    throw error;
  }
  if (info.readInt32LE(16) === 0) return "running";
  const status = info.readInt32LE(24);
  return info.readInt32LE(8) === CLD_EXITED ? { code: status } : { signal: status };
};
