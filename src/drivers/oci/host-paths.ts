/**
 * Paths that the kubelet gives: volumes, devices, profiles. They are never touched in process (`expendable.ts` says why), and all of
 * one kind in one go: it costs a process. The programs are those of coreutils and findutils.
 */
import { Invalid } from "../../errors.ts";
import { ask } from "./expendable.ts";

export interface FoundDevice {
  readonly path: string;
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Each throws Failed with the system's own words, or Overdue when a filesystem does not answer. */
export interface HostPaths {
  /**
   * The real paths of mount sources, links resolved, in the same order. What is missing is made as a directory, 0755: users of
   * hostPath rely on it.
   */
  sources(paths: readonly string[]): Promise<readonly string[]>;
  /** For each path the device it is, links followed, or all the devices below it, if it is a directory. */
  devices(paths: readonly string[]): Promise<readonly (readonly FoundDevice[])[]>;
  /** Throws Invalid for more than 1 MiB. */
  read(path: string): Promise<string>;
}

/** `[` and `for` are the shell's own: with nothing missing this is one process, a shell that becomes realpath. */
const SOURCES = 'umask 022; for p; do [ -e "$p" ] || mkdir -p -- "$p" || exit 1; done; exec realpath -ez -- "$@"';
const READ_BYTES = 1024 * 1024;

export const hostPaths = ({ boundMs = 10_000 }: { readonly boundMs?: number } = {}): HostPaths => {
  const devicesBelow = async (directory: string): Promise<FoundDevice[]> => {
    // -xdev: below /dev that leaves out pts, shm and mqueue, which each container has of its own.
    const nodes = ["-xdev", "(", "-type", "b", "-o", "-type", "c", ")"];
    const print = ["-exec", "stat", "--printf", "%f %t %T %u %g %n\\0", "--", "{}", "+"];
    const found = await ask(["find", "-H", directory, ...nodes, ...print], `device ${directory}`, boundMs);
    return records(found).flatMap((record) => parseNode(record) ?? []);
  };

  return {
    sources: async (paths) => {
      if (paths.length === 0) return [];
      const found = await ask(["sh", "-c", SOURCES, "sh", ...paths], `mount source ${paths.join(", ")}`, boundMs);
      return records(found);
    },

    devices: async (paths) => {
      if (paths.length === 0) return [];
      const print = ["--printf", "%f %t %T %u %g -\\0"];
      const found = records(await ask(["stat", "-L", ...print, "--", ...paths], `device ${paths.join(", ")}`, boundMs));
      return Promise.all(
        paths.map(async (path, index) => {
          const node = parseNode(found[index] ?? "");
          return node ? [{ ...node, path }] : devicesBelow(path);
        }),
      );
    },

    read: async (path) => {
      const content = await ask(["head", "-c", String(READ_BYTES + 1), "--", path], `file ${path}`, boundMs);
      if (content.length > READ_BYTES) throw new Invalid(`file ${path} is larger than ${READ_BYTES} bytes`);
      return content.toString();
    },
  };
};

const records = (answer: Buffer): string[] => answer.toString().split("\0").slice(0, -1);

/** stat's `%f %t %T %u %g NAME`, the first three in hexadecimal; absent: neither a block nor a character device. */
const parseNode = (record: string): FoundDevice | undefined => {
  const [mode = "", major = "", minor = "", uid = "", gid = "", ...name] = record.split(" ");
  const raw = Number.parseInt(mode, 16);
  const type = kinds.get(raw & 0o170000);
  if (type === undefined) return undefined;
  const numbers = { major: Number.parseInt(major, 16), minor: Number.parseInt(minor, 16) };
  return { path: name.join(" "), type, ...numbers, mode: raw & 0o7777, uid: Number(uid), gid: Number(gid) };
};

const kinds: ReadonlyMap<number, "b" | "c"> = new Map([
  [0o060000, "b"],
  [0o020000, "c"],
]);
