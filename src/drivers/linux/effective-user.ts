/** The user that the calling thread acts as: by the bare system call, since glibc's changes all threads of a process. */
import { checked, declare } from "./libc.ts";

const setresuid = declare<(number: number, real: number, effective: number, saved: number) => number>(
  "long syscall(long number, long real, long effective, long saved)",
);
const SYS_setresuid = process.arch === "arm64" ? 147 : 117;
const KEEP = -1;

/** Runs synchronous `work` as this user of the host, without root's rights. A thread that does not get back ends the process. */
export const asUser = <Result>(uid: number, work: () => Result): Result => {
  checked(setresuid(SYS_setresuid, KEEP, uid, KEEP), "setresuid", String(uid));
  try {
    return work();
  } finally {
    if (setresuid(SYS_setresuid, KEEP, 0, KEEP) !== 0) process.abort();
  }
};
