/**
 * The program that unpacks the layers of one image: started by the daemon for one pull, told its job over IPC, gone
 * afterwards. Its work is synchronous and heavy, and parses what strangers wrote: not for the daemon's own process.
 *
 * It must not outlive its daemon, or it would write into what the next one deletes: the kernel kills it when the daemon
 * dies, the closed channel ends it too, and the lock in its directory says so to whoever comes next.
 */
import { closeSync, openSync } from "node:fs";
import { setPriority } from "node:os";
import { toFailure } from "../../errors.ts";
import { syncFileSystem } from "../linux/at.ts";
import { checked, declare } from "../linux/libc.ts";
import type { LayerLimits } from "./layer-work.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import { lockTemporary } from "./temporary-lock.ts";
import type { UnpackAnswer, UnpackJob } from "./unpack-job.ts";
import { unpackLayer } from "./unpack-layer.ts";

const prctl = declare<(option: number, argument: number) => number>("int prctl(int option, unsigned long argument)");
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

const unpack = async ({ daemonPid, temporary, layers, limits }: UnpackJob): Promise<UnpackAnswer> => {
  // The daemon may have died before prctl was called; then nothing will ever be sent.
  if (process.ppid !== daemonPid) process.exit(1);
  lockTemporary(temporary);
  const unpacked: WrittenLayer[] = [];
  let left: LayerLimits = limits;
  let lowers: readonly string[] = [];
  for (const layer of layers) {
    if ("here" in layer) {
      lowers = layer.opaqueRoot ? [layer.here] : [layer.here, ...lowers];
      continue;
    }
    const written = await unpackLayer(layer, lowers, left).catch((error: unknown) => {
      const { code, text } = toFailure(error);
      return { failure: { code, text: `layer ${layer.digest}: ${text}` } };
    });
    if ("failure" in written) return written;
    unpacked.push(written);
    left = { bytes: left.bytes - written.bytes, inodes: left.inodes - written.inodes };
    lowers = written.opaqueRoot ? [layer.directory] : [layer.directory, ...lowers];
  }
  sync(temporary);
  return { unpacked };
};

const sync = (directory: string): void => {
  const fd = openSync(directory, "r");
  syncFileSystem(fd);
  closeSync(fd);
};

checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PR_SET_PDEATHSIG");
process.umask(0);
setPriority(10);
process.on("disconnect", () => process.exit(1));
process.once("message", (job: UnpackJob) => {
  void unpack(job)
    .catch((error: unknown): UnpackAnswer => ({ failure: toFailure(error) }))
    .then((answer) => process.send?.(answer, () => process.exit(0)));
});
