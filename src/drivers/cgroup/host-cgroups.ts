/** The cgroups of this host: `Cgroups` over the hierarchies mounted at and below /sys/fs/cgroup. */
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../linux/libc.ts";
import { composePath, directoryOf, parentDirectory } from "./cgroup-path.ts";
import type { CgroupDriver, Cgroups } from "./cgroups.ts";
import { readInForce } from "./in-force.ts";
import { readLayout } from "./layout.ts";
import { removeCgroup } from "./removal.ts";

export interface CgroupsOptions {
  readonly driver: CgroupDriver;
  /** Where cgroups are mounted. */
  readonly root?: string;
  /** First part of a container's cgroup name and scope; cAdvisor and others tell runtimes apart by it. */
  readonly prefix?: string;
  /** How long a removal may take. */
  readonly boundMs?: number;
}

/** Reads the host's layout once; throws Node's error where no cgroups are mounted. */
export const cgroups = (options: CgroupsOptions): Cgroups => {
  const { driver, root = "/sys/fs/cgroup", prefix = "troupe", boundMs = 1000 } = options;
  const facts = readLayout(root);
  return {
    layout: facts.layout,
    driver,
    facts,
    cgroupsPath: (parent, id) => composePath(driver, prefix, parent, id),

    inForce: (cgroupsPath) => readInForce(root, facts.layout, directoryOf(prefix, cgroupsPath)),

    remove: async (cgroupsPath) => {
      const directory = directoryOf(prefix, cgroupsPath);
      await Promise.all(facts.hierarchies.map((hierarchy) => removeCgroup(join(hierarchy, directory), boundMs)));
    },

    removeParent: async (parent) => {
      if (driver === "systemd") return; // slices are systemd's
      const directory = parentDirectory(prefix, parent);
      if (directory === "/") return;
      await Promise.all(facts.hierarchies.map((hierarchy) => removeEmpty(join(hierarchy, directory))));
    },
  };
};

const removeEmpty = async (directory: string): Promise<void> => {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "EBUSY", "ENOTEMPTY")) throw error;
  }
};
