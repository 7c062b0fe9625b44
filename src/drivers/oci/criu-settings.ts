/**
 * What criu must be told of a container here. Its streams are FIFOs of the host, which no mount of its own leads to: criu would
 * give up, unless each is named as something from outside (criu(8), `--external file[mnt_id:inode]`).
 *
 * It is to leave cgroups alone: it would mount the hierarchy for itself, which on cgroup v2 sets the host's mount anew, without
 * `nsdelegate` and `memory_recursiveprot`. The OCI runtime puts what it restores into cgroups by itself.
 *
 * The OCI runtime hands criu the file that the annotation `org.criu.config` names, in place of the node's own.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../linux/libc.ts";
import { O_PATH } from "../linux/openat2.ts";

/** The annotation of config.json by which runc and crun find it. */
export const CRIU_ANNOTATION = "org.criu.config";

/** Written for a checkpoint; criu does without where it is missing. */
export const criuFile = (bundle: string): string => join(bundle, "criu.conf");

/** Where the OCI runtimes would look otherwise. */
const NODES_OWN = "/etc/criu/runc.conf";

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
};

/** With its sign: what may have no value has none without it. */
const OURS = "manage-cgroups=ignore";

/** `external file[1e:53]`, both numbers hexadecimal; undefined: it is not there. */
const externalLine = (path: string): string | undefined => {
  try {
    const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
    try {
      const [, mount = ""] = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
      return `external file[${Number(mount).toString(16)}:${fstatSync(fd).ino.toString(16)}]`;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
};

/** The node's own settings, ours, and these streams. */
export const settingsFor = (streams: readonly string[], nodesOwn = NODES_OWN): string =>
  [textOf(nodesOwn).trimEnd(), OURS, ...streams.map(externalLine)]
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join("");
