/** What a process's cgroup really is and holds: read from /proc and /sys/fs/cgroup, not computed as Troupe does. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Driver = "cgroupfs" | "systemd";
export const drivers: readonly Driver[] = ["cgroupfs", "systemd"];

const root = "/sys/fs/cgroup";
const controllers = "+cpuset +cpu +memory +pids";

/** A pod's cgroup as a kubelet with this cgroup driver makes it. */
export interface PodCgroup {
  /** What the kubelet gives the runtime. */
  readonly parent: string;
  /** Below /sys/fs/cgroup, with a slash in front. */
  readonly path: string;
  remove(): void;
}

/** `/kubepods/burstable/podNAME`, made by hand from the root down. */
const cgroupfsPod = (name: string): PodCgroup => {
  const levels = ["/kubepods", "/kubepods/burstable", `/kubepods/burstable/pod${name}`];
  for (const level of levels) {
    writeFileSync(join(root, dirname(level), "cgroup.subtree_control"), controllers);
    mkdirSync(join(root, level), { recursive: true });
  }
  const path = levels.at(-1)!;
  const remove = () => levels.toReversed().forEach((level) => rmdirSync(join(root, level)));
  return { parent: path, path, remove };
};

/** `kubepods-burstable-podNAME.slice`, by systemd. */
const systemdPod = (name: string): PodCgroup => {
  const parent = `kubepods-burstable-pod${name}.slice`;
  execFileSync("systemctl", ["start", parent]);
  const remove = () => void execFileSync("systemctl", ["stop", "kubepods.slice"]);
  return { parent, path: `/kubepods.slice/kubepods-burstable.slice/${parent}`, remove };
};

export const podCgroup = (driver: Driver, name: string): PodCgroup =>
  driver === "systemd" ? systemdPod(name) : cgroupfsPod(name);

/** Of a process: `/a/b`. */
export const cgroupOf = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().replace(/^0::/, "");

/** A file of the cgroup in which this process is. */
export const limitOf = (pid: number, file: string): string =>
  readFileSync(join(root, cgroupOf(pid), file), "utf8").trim();

/** A file of each cgroup from the process's own up to the one below `above`: the lowest limit of them is what holds. */
export const limitsUpTo = (above: string, pid: number, file: string): string[] => {
  const limits: string[] = [];
  for (let at = cgroupOf(pid); at !== above && at !== "/"; at = dirname(at))
    limits.push(readFileSync(join(root, at, file), "utf8").trim());
  return limits;
};

/** Whether processes live in it or below it. */
export const isPopulated = (path: string): boolean => {
  const file = join(root, path, "cgroup.events");
  return existsSync(file) && readFileSync(file, "utf8").includes("populated 1");
};

export const isCgroup = (path: string): boolean => existsSync(join(root, path));
