/** Names in directories that may not be there. */
import { readdirSync } from "node:fs";
import { isErrno } from "./libc.ts";

/** In their order; none where there is no such directory. */
export const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
};

/** Those of its entries that are directories, without symbolic links. */
export const directoriesIn = (directory: string): readonly string[] => {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
};
