/** Which process the kernel kills first where memory is short: proc_pid_oom_score_adj(5). */
import { readFileSync, writeFileSync } from "node:fs";
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

/**
 * What `spawn` begins has this score from its first moment: we take it for as long as that lasts. To set it from outside is too late
 * on a busy host, where a tool may have forked before we run again. Back to what was before needs no privilege.
 */
export const withOomScore = <Spawned>(score: number | undefined, spawn: () => Spawned): Spawned => {
  if (score === undefined) return spawn();
  const own = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
  if (own === score) return spawn();
  setOomScore(process.pid, score);
  try {
    return spawn();
  } finally {
    setOomScore(process.pid, own);
  }
};
