/** Which process the kernel kills first where memory is short: proc_pid_oom_score_adj(5). */
import { writeFileSync } from "node:fs";
import { isErrno } from "./libc.ts";

/**
 * Of a process, and of what it forks from now on. One that has gone is fine; and one that may not be protected better than we
 * are stays as it is: that needs CAP_SYS_RESOURCE.
 */
export const setOomScore = (pid: number, score: number): void => {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) throw error;
  }
};
