/** The mounts of this mount namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
import { readFileSync } from "node:fs";

export interface MountEntry {
  /** Of its file system: `8:1`. */
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** Options of the file system itself, as the kernel lists them: `rw,lowerdir=…`. */
  readonly options: string;
  /** `shared`: mounts beneath it go to its peers; `slave`: they come from its master. Both may be true. */
  readonly shared: boolean;
  readonly slave: boolean;
}

/** Blank, tab, newline and backslash are written as three octal digits. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

const parseLine = (line: string): MountEntry => {
  const fields = line.split(" ");
  const field = (index: number): string => unescape(fields[index] ?? "");
  // A variable number of optional fields ends with a lone dash.
  const dash = fields.indexOf("-", 6);
  const optional = fields.slice(6, dash);
  return {
    device: field(2),
    mountPoint: field(4),
    type: field(dash + 1),
    source: field(dash + 2),
    options: field(dash + 3),
    shared: optional.some((tag) => tag.startsWith("shared:")),
    slave: optional.some((tag) => tag.startsWith("master:")),
  };
};

export const parseMountInfo = (text: string): readonly MountEntry[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map(parseLine);

/** The deepest mount above the path; of several at one point the last, which hides the others. Links in the path are not followed. */
export const mountOf = (path: string, mounts: readonly MountEntry[]): MountEntry | undefined =>
  mounts
    .filter(({ mountPoint: point }) => point === "/" || path === point || path.startsWith(`${point}/`))
    .reduce<MountEntry | undefined>(
      (best, mount) => (mount.mountPoint.length >= (best?.mountPoint.length ?? 0) ? mount : best),
      undefined,
    );

/** The mounts there are now. The kernel answers from memory, whatever has become of their disks. */
export const allMounts = (): readonly MountEntry[] => parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));

/** Mounts at `path` and below it. */
export const mountsUnder = (path: string): readonly MountEntry[] =>
  allMounts().filter(({ mountPoint }) => mountPoint === path || mountPoint.startsWith(`${path}/`));
