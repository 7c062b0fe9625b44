/**
 * Paths that the kubelet gives: volumes, devices, profiles. They are never touched in process (`expendable.ts` says why), and all of
 * one kind in one go: it costs a process. The programs are those of coreutils and findutils.
 */
import { posix } from "node:path";
import { Invalid } from "../../errors.ts";
import type { Owner } from "../../vocabulary/index.ts";
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
   * hostPath rely on it; but not one of `neverMade`.
   */
  sources(paths: readonly string[], neverMade?: readonly string[]): Promise<readonly string[]>;
  /** For each path the device it is, links followed, or all the devices below it, if it is a directory. */
  devices(paths: readonly string[]): Promise<readonly (readonly FoundDevice[])[]>;
  /** Copies files and directories with all that is in them, links followed, for `owner`; sources that are missing are passed over. */
  copy(copies: readonly { readonly source: string; readonly target: string }[], owner?: Owner): Promise<void>;
  /** Labels files and all below directories; a filesystem without labels is passed over. */
  label(label: string, paths: readonly string[]): Promise<void>;
  /** Throws Invalid for more than 1 MiB. */
  read(path: string): Promise<string>;
}

/** `[` and `for` are the shell's own: with nothing missing this is one process, a shell that becomes realpath. */
const SOURCES = 'umask 022; for p; do [ -e "$p" ] || mkdir -p -- "$p" || exit 1; done; exec realpath -ez -- "$@"';
const PRESENT =
  'for p; do [ -e "$p" ] || { echo "$p is not there, and absent_mount_sources_to_reject has it" >&2; exit 1; }; done';
const COPY =
  'owner=$1; shift; while [ $# -gt 0 ]; do if [ -e "$1" ]; then cp -RLT --preserve=mode -- "$1" "$2" && chown -R "$owner" -- "$2" || exit 1; fi; shift 2; done';
const LABEL =
  'label=$1; shift; for p; do said=$(chcon -R -h -- "$label" "$p" 2>&1) || case $said in *"not supported"*) ;; *) echo "$said" >&2; exit 1;; esac; done';
/** A large volume has many files. */
const LABEL_MS = 120_000;
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
    sources: async (paths, neverMade = []) => {
      if (paths.length === 0) return [];
      const kept = paths.filter((path) => neverMade.includes(posix.normalize(path)));
      if (kept.length > 0) await ask(["sh", "-c", PRESENT, "sh", ...kept], `mount source ${kept.join(", ")}`, boundMs);
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

    copy: async (copies, { uid, gid } = { uid: 0, gid: 0 }) => {
      const words = copies.flatMap(({ source, target }) => [source, target]);
      const about = `default mount of ${copies.map(({ source }) => source).join(", ")}`;
      await ask(["sh", "-c", COPY, "sh", `${uid}:${gid}`, ...words], about, boundMs);
    },

    label: async (label, paths) => {
      if (paths.length > 0)
        await ask(["sh", "-c", LABEL, "sh", label, ...paths], `label of ${paths.join(", ")}`, LABEL_MS);
    },

    read: async (path) => {
      const content = await ask(["head", "-c", String(READ_BYTES + 1), "--", path], `file ${path}`, boundMs);
      if (content.length > READ_BYTES) throw new Invalid(`file ${path} is larger than ${READ_BYTES} bytes`);
      return content.toString();
    },
  };
};

/** Throws Invalid for a path that cannot be one of the host; `of` says whose it is. */
export const checkHostPath = (path: string, of: string): void => {
  if (!path.startsWith("/") || path.includes("\0"))
    throw new Invalid(`host path "${path}" ${of} is not an absolute path`);
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
