/** What of a container's cgroup is read before its limits change: what it uses, and on which CPUs and memory nodes it may run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../linux/libc.ts";
import type { CgroupLayout, InForce } from "./cgroups.ts";

/** `directory`: below each hierarchy. Kernel files, which are read at once. */
export const readInForce = (root: string, layout: CgroupLayout, directory: string): InForce => {
  const read = (controller: string, v1: string, v2: string): string | undefined =>
    textOf(layout === "v2" ? join(root, directory, v2) : join(root, controller, directory, v1));
  const memory = read("memory", "memory.usage_in_bytes", "memory.current");
  // On v2 the file of a cgroup's own list is empty where it has its parent's.
  const cpus = read("cpuset", "cpuset.cpus", "cpuset.cpus.effective");
  const mems = read("cpuset", "cpuset.mems", "cpuset.mems.effective");
  return { ...(memory && { memoryBytes: Number(memory) }), ...(cpus && { cpus }), ...(mems && { mems }) };
};

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return undefined;
    throw error;
  }
};
