/** Cgroups of containers and the processes in them, in whatever hierarchy, for who only looks. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { ID_PATTERN, type Thing } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { directoriesIn } from "../linux/listing.ts";
import { nameOfProcess } from "../linux/tools-at-work.ts";
import { parentDirectory } from "./cgroup-path.ts";
import { readLayout } from "./layout.ts";

export interface CgroupsSeenOptions {
  /** Name of the cgroup in which the monitor lives alone. */
  readonly monitor: string;
  readonly root?: string;
  readonly prefix?: string;
}

/** Paths are below each hierarchy: what is there in several of them is one thing. */
export const seeCgroups = (options: CgroupsSeenOptions): readonly Thing[] => {
  const { monitor, root = "/sys/fs/cgroup", prefix = "troupe" } = options;
  const own = new RegExp(`^${prefix}-(${ID_PATTERN})(\\.scope)?$`);
  const parent = parentDirectory(prefix, "");
  const { hierarchies } = readLayout(root);
  const things = new Map<string, Thing>();
  const see = (thing: Thing): void => void things.set(`${thing.part} ${thing.what}`, thing);

  const walk = (hierarchy: string, path: string): void => {
    for (const name of directoriesIn(join(hierarchy, path))) {
      const what = posix.join(path, name);
      const id = own.exec(name)?.[1];
      if (id !== undefined) {
        see({ part: "cgroup", what, id });
        for (const pid of pidsBelow(join(hierarchy, what))) see({ part: "process", what: nameOfProcess(pid), id });
        continue; // what is below is the container's
      }
      if (what === parent) see({ part: "cgroupParent", what });
      else if (name === monitor) see({ part: "monitorCgroup", what });
      else if (path === parent) see({ part: "strangeCgroup", what });
      if (path !== parent) walk(hierarchy, what);
    }
  };
  for (const hierarchy of hierarchies) walk(hierarchy, "/");
  return [...things.values()];
};

/** Without those of other pid namespaces than ours, which show as 0. */
const pidsBelow = (directory: string): readonly number[] => [
  ...pidsIn(directory),
  ...directoriesIn(directory).flatMap((name) => pidsBelow(join(directory, name))),
];

const pidsIn = (directory: string): readonly number[] => {
  try {
    const lines = readFileSync(join(directory, "cgroup.procs"), "utf8").split("\n");
    return lines.map(Number).filter((pid) => pid > 0);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "EOPNOTSUPP")) return [];
    throw error;
  }
};
