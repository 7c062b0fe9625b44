/** In which cgroup directory a process is, hierarchy by hierarchy, as seen from this process's cgroup namespace. */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { isErrno } from "./libc.ts";

export interface Membership {
  readonly version: 1 | 2;
  /** `memory`, `cpu`, `name=systemd` …; empty on v2, where all are in one hierarchy. */
  readonly controllers: readonly string[];
  /** Where the hierarchy is mounted. */
  readonly root: string;
  /** The process's own directory. */
  readonly directory: string;
}

/** Absent: no such process. */
export const membershipsOf = (pid: number | "self"): readonly Membership[] | undefined => {
  try {
    return parseMemberships(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
};

/** cgroups(7): `4:memory:/a/b`, `1:name=systemd:/`, `0::/a`; the last one alone is v2, beside others it is hybrid. */
export const parseMemberships = (text: string): readonly Membership[] => {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [, list = "", path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const controllers = list === "" ? [] : list.split(",");
    const root = posix.join(
      "/sys/fs/cgroup",
      list === "" ? (lines.length > 1 ? "unified" : "") : list.replace("name=", ""),
    );
    return { version: list === "" ? 2 : 1, controllers, root, directory: path === "/" ? root : posix.join(root, path) };
  });
};
