/**
 * A checkpoint of a running container: what criu writes of its processes, with its configuration and what it has changed of its
 * files, in one archive, laid out as CRI-O's are.
 *
 * It is made in a directory of the container's own, on our disk, and packed beside its place by a program that may be left
 * behind: the place is the client's, and may lie on a disk that hangs.
 */
import { existsSync, lstatSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Cancelled, Failed, Invalid, TroupeError } from "../../errors.ts";
import { shortId, type ContainerId } from "../../vocabulary/index.ts";
import { run, type Ran } from "../linux/run.ts";
import { configFile } from "./bundle-files.ts";
import { criuFile, settingsFor } from "./criu-settings.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import type { CheckpointRequest } from "./runtime.ts";

/** Where a container's things are that an OCI runtime is not told of. */
export interface CheckpointPlaces {
  /** A directory that is not there, on a disk, for what the archive is made of. It goes with the container. */
  staging(id: ContainerId): string;
  /** What the container has changed of its files: an overlay's upper directory. */
  changes(id: ContainerId): string;
  /** The FIFOs of its streams, some of which may not be there. */
  streams(id: ContainerId): readonly string[];
}

/** The OCI runtime's part. */
export interface Dumper {
  /** criu's images to `images`; its log and its figures to `work`. The container runs on. Throws what the runtime says. */
  dump(images: string, work: string): Promise<void>;
  /** Lets go on what a dump that was killed has left frozen. */
  thaw(): Promise<void>;
}

/** Where the archive grows: beside its place, so that a rename brings it there. `$2` is the container. */
const PART = 'part="${1%/*}/.${1##*/}.$2"';

/** Found out before anything is done. */
const PROBE = 'cd "${1%/*}/" && [ -w . ] || { echo "no directory into which one can write" >&2; exit 2; }';

/** tar ends with 1 where a file changed while it was read: the container runs. Its name comes when all of it is on the disk. */
const PACK = `set -eu; umask 077; ${PART}; cd "$3"
tar -cf rootfs-diff.tar -C "$4" --numeric-owner --xattrs --xattrs-include='user.*' --xattrs-include=security.capability \
  --anchored --no-wildcards --exclude-from=whiteouts . || [ $? = 1 ]
rm whiteouts; tar -cf "$part" --numeric-owner *; sync "$part"; mv -T "$part" "$1"`;

const CLEAN = `${PART}; rm -f "$part"`;

/** So long a program that was killed may take to end before it is left behind. */
const END_WITHIN_MS = 2_000;
const WORDS_BYTES = 64 * 1024;
const NAMES_BYTES = 64 * 1024 * 1024;

/** How a shell's script ended with these parameters. Rejects with the signal's reason, though it may never end. */
const shell = async (abort: AbortSignal, script: string, ...parameters: readonly string[]): Promise<Ran> => {
  const argv = ["/bin/sh", "-c", script, "sh", ...parameters] as const;
  const env = { ...runtimeEnvironment, LC_ALL: "C" };
  const running = run({ argv, env, stdout: { keep: NAMES_BYTES }, stderr: { keep: WORDS_BYTES } }, abort);
  const givenUp = new Promise<void>((resolve) => abort.addEventListener("abort", () => resolve(), { once: true }));
  const ran = await Promise.race([running, givenUp.then(() => pause(END_WITHIN_MS))]);
  abort.throwIfAborted();
  return ran ?? running;
};

const succeeded = ({ end }: Ran): boolean => "code" in end && end.code === 0;
const wordsOf = ({ stderr, end }: Ran): string =>
  stderr.bytes.toString().trim() || `it ended with ${"code" in end ? end.code : end.signal}`;

/** Paths in an overlay's upper directory that stand for files which are gone: devices with the number 0. */
const whiteoutsIn = async (changes: string, abort: AbortSignal): Promise<readonly string[]> => {
  const found = await shell(abort, 'cd "$1" && find . -type c -print0', changes);
  if (!succeeded(found)) throw new Failed(`${changes} cannot be looked through: ${wordsOf(found)}`);
  const devices = found.stdout.bytes.toString().split("\0").filter(Boolean);
  return devices.filter((path) => lstatSync(join(changes, path), { throwIfNoEntry: false })?.rdev === 0);
};

/** What criu gave as its reason; empty: it did not come to one. */
const reasonIn = async (work: string): Promise<string> => {
  const log = join(work, "dump.log");
  const words = existsSync(log) ? await readFile(log, "utf8") : "";
  const [, where = "", reason = ""] = /^\([\d.]+\) Error \(([^)]*)\): (.*)$/m.exec(words) ?? [];
  return reason && ` (${where}: ${reason})`;
};

const dumped = async ({ dump, thaw }: Dumper, images: string, work: string): Promise<void> => {
  try {
    await dump(images, work);
  } catch (error) {
    await thaw();
    if (!(error instanceof TroupeError)) throw error;
    throw new TroupeError(error.code, `${error.message}${await reasonIn(work)}`, error);
  }
};

/** Throws Invalid for a place that cannot be written to, and what the runtime says. Nothing is left of a failure. */
export const writeCheckpoint = async (
  id: ContainerId,
  { location, description }: CheckpointRequest,
  { bundle, places, dumper }: { readonly bundle: string; readonly places: CheckpointPlaces; readonly dumper: Dumper },
  abort: AbortSignal,
): Promise<void> => {
  const [staging, changes] = [places.staging(id), places.changes(id)];
  try {
    const probed = await shell(abort, PROBE, location);
    if (!succeeded(probed)) throw new Invalid(`no checkpoint can be written to ${location}: ${wordsOf(probed)}`);
    await mkdir(join(staging, "checkpoint"), { recursive: true, mode: 0o700 });
    await writeFile(criuFile(bundle), settingsFor(places.streams(id)), { mode: 0o600 });
    await dumped(dumper, join(staging, "checkpoint"), staging);
    await writeFile(join(staging, "config.dump"), JSON.stringify(description));
    await copyFile(configFile(bundle), join(staging, "spec.dump"));
    const gone = await whiteoutsIn(changes, abort);
    await writeFile(join(staging, "whiteouts"), gone.map((path) => `${path}\n`).join(""));
    await writeFile(join(staging, "deleted.files"), JSON.stringify(gone.map((path) => path.slice(1))));
    const packed = await shell(abort, PACK, location, shortId(id), staging, changes);
    if (!succeeded(packed)) throw new Failed(`the checkpoint cannot be written to ${location}: ${wordsOf(packed)}`);
  } catch (error) {
    // Not waited for: where the place hangs, so does this.
    void shell(AbortSignal.timeout(END_WITHIN_MS), CLEAN, location, shortId(id)).catch(() => undefined);
    if (!abort.aborted) throw error;
    const { reason }: { reason: unknown } = abort;
    throw reason instanceof TroupeError ? reason : new Cancelled(`the checkpoint of container ${id} was called off`);
  } finally {
    await clear(staging, bundle);
  }
};

/** Ends what a dead daemon's checkpoint has left; the runtime's commands have ended. */
export const clearCheckpoint = async (staging: string, bundle: string, thaw: Dumper["thaw"]): Promise<void> => {
  if (!existsSync(staging)) return;
  await thaw();
  await clear(staging, bundle);
};

/** The directory last: by it a successor knows that there is something to clear. */
const clear = async (staging: string, bundle: string): Promise<void> => {
  await rm(criuFile(bundle), { force: true });
  await rm(staging, { recursive: true, force: true });
};
