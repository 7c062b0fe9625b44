import { isErrno } from "../linux/libc.ts";

/** SIGKILL for a whole process group by its leader's pid; one that is gone, or never was, is fine. */
export const endGroup = (leader: number | undefined): void => {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};
