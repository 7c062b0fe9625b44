/** Making one name in a directory of a layer: nothing is written through what is there already. */
import { rmSync } from "node:fs";
import { statAt, unlinkAt, type CName } from "../linux/at.ts";
import { isErrno } from "../linux/libc.ts";

/** Where a name in an open directory is to be found by calls that take paths. */
export const procPath = (directory: number, name: CName): Buffer =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name.subarray(0, -1)]);

/** Makes something new; what an earlier entry of the same layer has put there goes. */
export const making = <Made>(directory: number, name: CName, make: () => Made): Made => {
  try {
    return make();
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  clearing(directory, name);
  return make();
};

/** Whatever an earlier entry of the same layer has put there goes; mostly there is nothing. */
export const clearing = (directory: number, name: CName): void => {
  const type = statAt(directory, name)?.type;
  if (type === "directory") rmSync(procPath(directory, name), { recursive: true });
  else if (type !== undefined) unlinkAt(directory, name, { directory: false });
};
