/**
 * The monitor's program: parent of every container of this node, one per node, and alive for as long as there is a daemon to
 * serve, a child to wait for or an exit to tell.
 *
 * Rule: this thread touches no disk, only /run, /proc and /sys/fs/cgroup. Logs are the log thread's.
 */
import { watch } from "node:fs";
import { basename } from "node:path";
import { wallNs } from "../drivers/linux/clock.ts";
import { inheritNothing } from "../drivers/linux/descriptor.ts";
import { heldLock, tryLock } from "../drivers/linux/flock.ts";
import { Readiness } from "../drivers/linux/poll.ts";
import { becomeSubreaper } from "../drivers/linux/subreaper.ts";
import { Logs } from "../drivers/logs/logs.ts";
import type { Input } from "./bookkeeping.ts";
import { Children } from "./children.ts";
import { ContainerStreams } from "./container-streams.ts";
import { Door } from "./door.ts";
import { Hands } from "./hands.ts";
import { dropHandover, takeHandover } from "./handover.ts";
import { Mailbox } from "./mailbox.ts";
import { leaveOwnCgroup } from "./own-cgroup.ts";
import { placesIn } from "./protocol.ts";
import { Records } from "./records.ts";
import { takeOver } from "./takeover.ts";

export interface MonitorOptions {
  /** The daemon's run directory, on a memory filesystem: `/run/troupe`. */
  readonly runDir: string;
  readonly version: string;
  /** What to execute in our place at an upgrade; the first is an absolute path. */
  readonly program: readonly [string, ...string[]];
  /** It does not leave by itself: a service manager starts and stops it. */
  readonly stays?: boolean;
  /** How long to wait for the daemon that started us, which may rest for a minute between two tries. */
  readonly expectMs?: number;
}

/** Resolves when the monitor leaves; at once where another one is running already. */
export const runMonitor = async (options: MonitorOptions): Promise<void> => {
  const { runDir, version, program, stays = false, expectMs = 90_000 } = options;
  process.chdir("/");
  process.umask(0o022);
  inheritNothing();
  const places = placesIn(runDir);
  const records = new Records(places);
  const kept = takeHandover(places);
  const lock = kept ? heldLock(kept.lock) : tryLock(places.lock);
  if (!lock) return;
  if (!kept) dropHandover(places);
  becomeSubreaper();

  const left = Promise.withResolvers<boolean>();
  const readiness = new Readiness();
  const mailbox = new Mailbox((effect) => hands.perform(effect), { stays });
  const dispatch = (input: Input): void => mailbox.take(input);
  const taken = takeOver(places, records, kept, warn);
  const children = new Children({ readiness, wallNs, ended: (id, exit) => dispatch({ type: "ended", id, exit }) });
  const logs = new Logs({
    directory: places.monitor,
    sources: taken.flatMap(({ source }) => source ?? []),
    listener: {
      ended: (id) => dispatch({ type: "logEnded", id }),
      detached: (attachId, why) => dispatch({ type: "detached", attachId, why }),
      hungUp: (id) => streams.hungUp(id),
      warn,
    },
  });
  const door = new Door(places, {
    greeted: (daemon) => dispatch({ type: "greeted", daemon }),
    asked: (daemon, seq, request) => dispatch({ type: "asked", daemon, seq, request }),
    parted: (daemon) => dispatch({ type: "parted", daemon }),
    warn,
  });
  const streams = new ContainerStreams({ places, logs, warn });
  const tools = { places, version, program, lock: lock.fd, readiness, records, children, logs, door, streams };
  const hands = new Hands({ ...tools, dispatch, leave: left.resolve, warn });

  for (const { subject, streams: opened, living } of taken) {
    dispatch({ type: "found", subject });
    if (opened) streams.add(subject.id, opened);
    if (subject.acknowledged) streams.settle(subject.id);
    if (living) children.follow(subject.id, living.init, living.oom, living.pidfd);
  }
  const childEnded = (): void => dispatch({ type: "childEnded" });
  process.on("SIGCHLD", childEnded);
  childEnded();
  await door.open();
  const watcher = watch(runDir, (_, name) => {
    if (name !== basename(places.socket)) return;
    door.mend().catch((error: unknown) => warn(`the socket cannot be made again: ${String(error)}`));
  });
  const expecting = setTimeout(dispatch, expectMs, { type: "nobodyCame" });

  const whole = await left.promise;
  clearTimeout(expecting);
  watcher.close();
  process.off("SIGCHLD", childEnded);
  records.clear();
  leaveOwnCgroup();
  lock.release();
  // A thread that hangs in a write can be waited for by nobody: not by the end of a program either.
  if (!whole) process.kill(process.pid, "SIGKILL");
  logs.release();
  readiness.close();
};

const warn = (text: string): void => console.error(`${new Date().toISOString()} monitor: ${text}`);
