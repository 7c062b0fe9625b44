/** Watches directories that may not exist yet, or may go and come again: then the nearest directory above tells. */
import { readdirSync, statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";

export interface DirectoryWatch {
  /**
   * Begins anew: `deep` with the directories in it, the `others` alone. What changed before is not told: read after it.
   * False: the kernel gives no more watches (inotify's limits), and not every change will be told.
   */
  arm(deep: string, others: readonly string[]): boolean;
  close(): void;
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const nearest = (path: string): string => {
  const above = dirname(path);
  return isDirectory(path) || above === path ? path : nearest(above);
};

const directoriesIn = (path: string): readonly string[] =>
  isDirectory(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => join(path, name))
    : [];

/** `changed` is called for every change in them, often several times for one. */
export const directoryWatch = (changed: () => void): DirectoryWatch => {
  const watchers: FSWatcher[] = [];
  const close = (): void => {
    for (const watcher of watchers.splice(0)) watcher.close();
  };
  const open = (directories: readonly string[]): void => {
    for (const directory of new Set(directories.map(nearest)))
      watchers.push(watch(directory, { persistent: false }, changed).on("error", changed));
  };
  return {
    close,

    // A directory that was deleted and made again may have the same inode number, while the watch is on the deleted one:
    // so each one is watched anew.
    arm: (deep, others) => {
      close();
      try {
        open([deep, ...others]);
        open(directoriesIn(deep)); // after the watch on `deep`: those that come later are told
        return true;
      } catch {
        return false;
      }
    },
  };
};
