/**
 * The lane of a log: one for each file system, with a thread and a journal of its own. A write to a frozen disk sleeps until the
 * disk is thawed, and all that the thread serves sleeps with it: so the logs of one disk never share a thread with another's.
 */
import { allMounts, mountOf } from "../linux/mountinfo.ts";

/**
 * By the names alone, never by a look at the path, which may hang: a log that a link leads to another file system goes with those
 * of the file system that the link is on.
 */
export const laneOf = (path: string): string => mountOf(path, allMounts())?.device ?? "";
