/**
 * The program that unpacks the layers of images: started by the daemon, told a job over IPC and after it perhaps another, ended
 * when there is none. Its work is synchronous and heavy, and parses what strangers wrote: not for the daemon's own process.
 *
 * It must not outlive its daemon, or it would write into what the next one deletes: the kernel kills it when the daemon
 * dies, the closed channel ends it too, and the lock in its directory says so to whoever comes next.
 */
import { closeSync, openSync } from "node:fs";
import { setPriority } from "node:os";
import { toFailure } from "../../errors.ts";
import { syncFileSystem } from "../linux/at.ts";
import { checked, declare } from "../linux/libc.ts";
import { ArrivingBlob } from "./arriving-blob.ts";
import { lockTemporary } from "./temporary-lock.ts";
import { unpackChain } from "./unpack-chain.ts";
import type { ToWorker, UnpackAnswer, UnpackJob } from "./unpack-job.ts";

const prctl = declare<(option: number, argument: number) => number>("int prctl(int option, unsigned long argument)");
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** Of the job under way, by their files. */
let blobs = new Map<string, ArrivingBlob>();

const unpack = async (job: UnpackJob): Promise<UnpackAnswer> => {
  // The daemon may have died before prctl was called; then nothing will ever be sent.
  if (process.ppid !== job.daemonPid) process.exit(1);
  const lock = lockTemporary(job.temporary);
  const coming = job.layers.flatMap((layer) => ("here" in layer ? [] : [layer]));
  blobs = new Map(coming.map(({ blob, sizeBytes }) => [blob, new ArrivingBlob(blob, sizeBytes)]));
  const unpacked = await unpackChain(job, blobs);
  sync(job.temporary);
  lock.release();
  return { unpacked };
};

const sync = (directory: string): void => {
  const fd = openSync(directory, "r");
  syncFileSystem(fd);
  closeSync(fd);
};

/** After a failure nothing more: other layers of the job may still be at work. */
const answer = (given: UnpackAnswer): void => {
  process.send?.(given, () => {
    if ("failure" in given) process.exit(0);
  });
};

checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PR_SET_PDEATHSIG");
process.umask(0);
setPriority(10);
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToWorker) => {
  if ("came" in message) return blobs.get(message.came.blob)?.came(message.came);
  void unpack(message.job)
    .catch((error: unknown): UnpackAnswer => ({ failure: toFailure(error) }))
    .then(answer);
});
