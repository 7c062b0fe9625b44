/** pidfds: descriptors of processes, readable once they have ended, and sure against the reuse of pids. */
import { closeSync } from "node:fs";
import koffi from "koffi";
import type { HowItEnded } from "../../vocabulary/index.ts";
import { checked, declare, isErrno, SystemError } from "./libc.ts";
import { statOf, type ProcessName } from "./process.ts";

// The numbers are the same on every architecture; glibc has names for these calls only from 2.36 on.
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_SEND_SIGNAL = 424;

const pidfdOpen = declare<(call: number, pid: number, flags: number) => number>(
  "long syscall(long call, long pid, long flags)",
);
const pidfdSendSignal = declare<(call: number, pidfd: number, signal: number, info: null, flags: number) => number>(
  "long syscall(long call, long pidfd, long signal, void *info, long flags)",
);
const ioctl = declare<(fd: number, request: number, argument: Buffer) => number>(
  "int ioctl(int fd, unsigned long request, void *argument)",
);

const PIDFD_GET_INFO = 0xc040ff0b; // _IOWR(0xFF, 11, 64 bytes)
const PIDFD_INFO_EXIT = 1 << 3;

/** Close-on-exec. Zombies can be opened too; throws ESRCH for a pid that is not in use. */
export const openPidfd = (pid: number): number =>
  checked(pidfdOpen(SYS_PIDFD_OPEN, pid, 0), "pidfd_open", `process ${pid}`);

/** Absent: that process is gone, whoever may have its pid now. */
export const openPidfdOf = ({ pid, startTicks }: ProcessName): number | undefined => {
  let pidfd: number;
  try {
    pidfd = openPidfd(pid);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return undefined;
    throw error;
  }
  // Only now the pid cannot change hands any more.
  if (statOf(pid)?.startTicks === startTicks) return pidfd;
  closeSync(pidfd);
  return undefined;
};

const pollCall = declare<(fds: Buffer, count: number, timeoutMs: number) => number>(
  "int poll(void *fds, unsigned long count, int timeout)",
);
const POLLIN = 1;

/** Whether the process has ended, reaped or not. /proc would call one a zombie whose first thread alone has ended. */
export const hasEnded = (pidfd: number): boolean => {
  const fds = Buffer.alloc(8); // struct pollfd
  fds.writeInt32LE(pidfd, 0);
  fds.writeInt16LE(POLLIN, 4);
  return checked(pollCall(fds, 1, 0), "poll", `descriptor ${pidfd}`) > 0;
};

/** A process already gone is fine. */
export const signalPidfd = (pidfd: number, signal: number): void => {
  const result = pidfdSendSignal(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, null, 0);
  if (result === 0) return;
  const error = new SystemError("pidfd_send_signal", koffi.errno(), `signal ${signal}`);
  if (error.code !== "ESRCH") throw error;
};

/**
 * How a process ended that was somebody else's child. `unreaped`: its parent has not taken it yet, and the kernel tells
 * only then; `untold`: this kernel (before Linux 6.15) does not say.
 */
export const exitOfReaped = (pidfd: number): HowItEnded | "unreaped" | "untold" => {
  const info = Buffer.alloc(64); // struct pidfd_info in its first version
  info.writeUInt32LE(PIDFD_INFO_EXIT, 0);
  if (ioctl(pidfd, PIDFD_GET_INFO, info) !== 0) {
    const error = new SystemError("PIDFD_GET_INFO", koffi.errno(), `descriptor ${pidfd}`);
    // ESRCH: reaped, on a kernel that has the call and not yet the exit.
    if (["ENOTTY", "EINVAL", "ESRCH"].includes(error.code)) return "untold";
    throw error;
  }
  return (info.readUInt32LE(0) & PIDFD_INFO_EXIT) === 0 ? "unreaped" : fromWaitStatus(info.readInt32LE(60));
};

/** wait(2): the signal in the low seven bits, else the code above them. */
export const fromWaitStatus = (status: number): HowItEnded =>
  (status & 0x7f) === 0 ? { code: (status >> 8) & 0xff } : { signal: status & 0x7f };
