/** Removal of what is ours, and of nothing that somebody has mounted into it. */
import { rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../drivers/linux/libc.ts";
import { mountsUnder } from "../../drivers/linux/mountinfo.ts";
import { NotAllowed } from "../../errors.ts";

/** Throws NotAllowed where something else than `own` of it is mounted at or below `path`: what is in there is not ours. */
export const refuseMounts = (path: string, ...own: readonly string[]): void => {
  const ours = own.map((name) => join(path, name));
  const isOurs = (point: string): boolean => ours.some((one) => point === one || point.startsWith(`${one}/`));
  const strange = mountsUnder(path).find(({ mountPoint }) => !isOurs(mountPoint));
  if (strange)
    throw new NotAllowed(`${path} is not deleted: something is mounted at ${strange.mountPoint}; unmount it`);
};

/** With all that is in it. One that is not there is fine. */
export const remove = (path: string): void => {
  refuseMounts(path);
  rmSync(path, { recursive: true, force: true });
};

/** A directory, if nothing is in it and nobody uses it. */
export const removeEmpty = (directory: string): void => {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "EBUSY", "ENOTEMPTY", "ENOTDIR")) throw error;
  }
};
