/** prctl(PR_SET_CHILD_SUBREAPER): orphaned descendants become children of this process. It survives execve, not fork. */
import { checked, declare } from "./libc.ts";

const PR_SET_CHILD_SUBREAPER = 36;

const prctl = declare<(option: number, a: number, b: number, c: number, d: number) => number>(
  "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
);

export const becomeSubreaper = (): void => {
  checked(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
};
