/** What of the monitor there is, for who only looks: the process, its records, and exits that no daemon has taken. */
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { openNote } from "../../monitor/notes.ts";
import { placesIn, type KeptExit } from "../../monitor/protocol.ts";
import type { Thing } from "../../vocabulary/index.ts";
import { namesIn } from "../linux/listing.ts";
import { isErrno } from "../linux/libc.ts";
import { lockHolder } from "../linux/lock-holder.ts";

export interface MonitorSeen {
  /** Absent: none holds the lock. */
  readonly pid: number | undefined;
  readonly things: readonly Thing[];
  /** Which container an exec is in. */
  readonly execs: ReadonlyMap<string, string>;
}

/** What we read of a record (`src/monitor/records.ts`). The OCI runtime writes the pid into the container's bundle. */
interface Subject {
  readonly kind?: unknown;
  readonly pidFile?: unknown;
}

/** What the monitor and its log threads have in their directory for themselves; a socket is bound there before it is moved. */
export const MONITORS_OWN = /^(handover\.json(\.new)?|(journal|losses|taken)(-\d+:\d+)?|(socket|taker)\.[\d.]+)$/;

export const seeMonitor = ({ runDir }: { readonly runDir: string }): MonitorSeen => {
  const places = placesIn(runDir);
  const execs = new Map<string, string>();
  const subjects = namesIn(places.monitor).filter((name) => !MONITORS_OWN.test(name));
  for (const id of subjects) {
    const { kind, pidFile } = read<Subject>(places.record(id)) ?? {};
    if (kind === "exec" && typeof pidFile === "string") execs.set(id, basename(dirname(pidFile)));
  }
  const thing = (part: Thing["part"], what: string, id: string): Thing =>
    /^[0-9a-f]+$/.test(id) ? { part, what, id: execs.get(id) ?? id } : { part: "strangeFile", what };
  return {
    pid: lockHolder(places.lock),
    execs,
    things: [
      ...subjects.map((id) => thing("monitorRecord", places.subject(id), id)),
      ...namesIn(places.exits).map((name) => {
        const id = name.replace(/\.new$/, "");
        return thing("exit", places.exit(name), read<KeptExit>(places.exit(name))?.id ?? id);
      }),
    ],
  };
};

/** Absent: it has just gone, or is not whole. */
const read = <Value>(path: string): Value | undefined => {
  try {
    return openNote(readFileSync(path, "utf8")) as Value;
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
};
