/**
 * Reads the host's cgroup layout: one v2 hierarchy (v2), one v1 hierarchy a controller (v1), or v1 with a v2 beside it (hybrid).
 * Mounts are judged by statfs, not by mountinfo: that lists mounts hidden beneath others as well.
 */
import { readdirSync, readFileSync, statfsSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { CgroupFacts } from "./cgroups.ts";

const CGROUP2_MAGIC = 0x63677270;
const CGROUP1_MAGIC = 0x27e0eb;

/** What is mounted at and below `root`, mostly /sys/fs/cgroup. Throws Node's error where nothing is there. */
export const readLayout = (root: string): CgroupFacts =>
  statfsSync(root).type === CGROUP2_MAGIC ? readUnified(root) : readLegacy(root);

const readUnified = (root: string): CgroupFacts => ({
  layout: "v2",
  hierarchies: [root],
  controllers: new Set(enabledIn(root)),
  hybridControllers: [],
  // The root cgroup itself has no limits: any first-level one tells.
  swap: directoriesIn(root).some((name) => existsSync(join(root, name, "memory.swap.max"))),
});

const readLegacy = (root: string): CgroupFacts => {
  const mounted = directoriesIn(root).map((name) => ({ name, type: statfsSync(join(root, name)).type }));
  const legacy = mounted.filter(({ type }) => type === CGROUP1_MAGIC).map(({ name }) => name);
  const unified = mounted.filter(({ type }) => type === CGROUP2_MAGIC).map(({ name }) => name);
  return {
    layout: unified.length > 0 ? "hybrid" : "v1",
    hierarchies: [...legacy, ...unified].map((name) => join(root, name)),
    // A hierarchy is mounted under the names of its controllers, `cpu,cpuacct`; systemd's own has none.
    controllers: new Set(legacy.flatMap((name) => name.split(",")).filter((name) => name !== "systemd")),
    hybridControllers: unified.flatMap((name) => enabledIn(join(root, name))),
    swap: existsSync(join(root, "memory", "memory.memsw.limit_in_bytes")),
  };
};

const enabledIn = (cgroup: string): string[] =>
  readFileSync(join(cgroup, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean);

/** Without symbolic links, as `cpu` → `cpu,cpuacct`: each hierarchy counts once. */
const directoriesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
