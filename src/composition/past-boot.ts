/**
 * Is the run directory of this boot? Looked at before anything in it is believed: where it lies on a disk, or the node is a
 * container that was restarted, it has outlived all that it is about. Then it is emptied, as a memory filesystem would have
 * been: what is left to do is in the durable store (networks owe their DEL) or is debris (writable layers).
 *
 * Nothing is emptied on the word of a mark alone: a monitor that lives, or a mount that is there, is of this boot.
 */
import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { bootId } from "../drivers/linux/clock.ts";
import { tryLock } from "../drivers/linux/flock.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import { mountsUnder } from "../drivers/linux/mountinfo.ts";
import { nameProcess } from "../drivers/linux/process.ts";
import { bootMark } from "../drivers/records/boot-mark.ts";
import { runKinds } from "../drivers/records/run-store.ts";
import { failedBy } from "../errors.ts";
import { placesIn } from "../monitor/protocol.ts";
import { placesOf } from "./places.ts";
import type { LogLevel } from "../vocabulary/index.ts";

/** All that a daemon and its monitor make in the run directory, but for their locks and the mark. */
const ofOneBoot = (runroot: string): readonly string[] => {
  const own = placesOf({ root: runroot, runroot });
  const { monitor, exits, socket, output } = placesIn(runroot);
  return [
    ...runKinds.map((kind) => join(runroot, kind)),
    ...[own.bundles, own.runtimes, own.runtimeLogs, own.filters, own.infra, own.pins, own.sandboxFiles, own.execs],
    ...[own.answers, own.flight, own.inspectSocket, monitor, exits, socket, output],
  ];
};

/** A boot of the kernel and, where the node is a container, a life of that: its first process is another one in each. */
export const thisBoot = (): string => `${bootId()}/${nameProcess(1)?.startTicks ?? 0}`;

export interface PastBootOptions {
  readonly runroot: string;
  readonly netnsDir: string;
  /** Of this program. */
  readonly version: string;
  readonly boot: string;
  readonly say: (level: LogLevel, text: string) => void;
}

/** To be called by who has the daemon's lock. */
export const leavePastBoot = ({ runroot, netnsDir, version, boot, say }: PastBootOptions): void => {
  const mark = bootMark({ dir: runroot, program: version });
  const believed = attempt(() => mark.read(), "what is beside it is taken for this boot's", say);
  if (believed === boot) return;
  if (believed !== undefined) {
    const living = ofThisBoot(runroot, netnsDir);
    if (living === undefined) {
      say("info", `${runroot} is of another boot: ${counted(runroot)} are of the past, their networks are given back`);
      empty(runroot, netnsDir);
    } else say("warning", `${runroot} says that it is of another boot, but ${living}: it is taken for this boot's`);
  }
  attempt(() => mark.write(boot), "the next daemon will look again", say);
};

/** What can only be of this boot, in words; absent: there is nothing. */
const ofThisBoot = (runroot: string, netnsDir: string): string | undefined => {
  const lock = tryLock(placesIn(runroot).lock);
  if (!lock) return "its monitor lives";
  lock.release();
  const [mounted] = [
    ...ofOneBoot(runroot),
    ...recorded(runroot, "sandbox").map((id) => netnsPin(netnsDir, id)),
  ].flatMap(mountsUnder);
  return mounted && `something is mounted at ${mounted.mountPoint}`;
};

const empty = (runroot: string, netnsDir: string): void => {
  try {
    // First, for it is by the records that they are found.
    for (const id of recorded(runroot, "sandbox")) rmSync(netnsPin(netnsDir, id), { force: true });
    for (const path of ofOneBoot(runroot)) rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw failedBy(`${runroot} is of another boot and cannot be emptied`, error);
  }
};

const netnsPin = (netnsDir: string, id: string): string => join(netnsDir, `troupe-${id}`);

const counted = (runroot: string): string =>
  `${recorded(runroot, "sandbox").length} sandboxes and ${recorded(runroot, "container").length} containers`;

/** Ids, by the names of their records. */
const recorded = (runroot: string, kind: "sandbox" | "container"): readonly string[] => {
  try {
    const names = readdirSync(join(runroot, kind));
    return names.filter((name) => name.endsWith(".json")).map((name) => basename(name, ".json"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
};

/** A mark that cannot be read or written keeps nobody from serving. */
const attempt = <Value>(step: () => Value, then: string, say: PastBootOptions["say"]): Value | undefined => {
  try {
    return step();
  } catch (error) {
    say("warning", `${error instanceof Error ? error.message : String(error)}; ${then}`);
    return undefined;
  }
};
