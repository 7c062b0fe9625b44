/** Troupe's own files, for `troupe wipe`: records, sockets, logs, what is made anew where it is missing. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { directoriesIn, namesIn } from "../../drivers/linux/listing.ts";
import { MONITORS_OWN } from "../../drivers/monitor/seen.ts";
import { durableStore, type Change, type Table } from "../../drivers/records/durable.ts";
import { placesIn } from "../../monitor/protocol.ts";
import type { Settings } from "../../settings.ts";
import { placesOf } from "../places.ts";
import type { Finding } from "./judge.ts";
import { remove, removeEmpty } from "./removal.ts";

const KINDS = ["sandbox", "container", "exec"];
const LOCK = "daemon.lock";
const STORE = /^troupe\.db(-wal|-shm|-journal)?$/;

/** Those of these ids, whatever state they are in. */
export const removeRecords = ({ runroot }: Settings, ids: ReadonlySet<string>): void => {
  for (const directory of KINDS.map((kind) => join(runroot, kind)))
    for (const name of namesIn(directory)) {
      const [, id = ""] = /^(.*)\.(json|config)$/.exec(name) ?? [];
      if (ids.has(id)) remove(join(directory, name));
    }
};

/** Without the images all of the store; else what is owed for pods, but for those that could not be removed. */
export const forgetDurably = async (
  settings: Settings,
  images: boolean,
  stuck: ReadonlySet<string | undefined>,
): Promise<void> => {
  const { store, images: directory, root } = placesOf(settings);
  if (images) {
    remove(directory);
    for (const name of namesIn(root)) if (STORE.test(name)) rmSync(join(root, name), { force: true });
    return;
  }
  if (!statSync(store, { throwIfNoEntry: false })) return;
  const durable = await durableStore({ file: store, failed: () => {} });
  try {
    const tables: readonly Table[] = ["attachments", "leaks"];
    for (const table of tables) {
      const rows = (await durable.all(table)).filter(({ key }) => !stuck.has(key));
      await durable.commit(rows.map(({ key }): Change => ({ table, key, json: null })));
    }
  } finally {
    await durable.close();
  }
};

/** All but the locks; of directories those that are empty: what is still in one is told by the look that follows. */
export const removeOwnFiles = (settings: Settings, images: boolean): void => {
  const places = placesOf(settings);
  const monitor = placesIn(places.runroot);
  for (const made of [places.runtimeLogs, places.compiled, places.answers, places.filters, places.infra, places.flight])
    remove(made);
  for (const handler of directoriesIn(places.runtimes)) {
    const own = join(places.runtimes, handler);
    for (const name of namesIn(own)) if (name.startsWith(".")) remove(join(own, name)); // the runtime's caches
    removeEmpty(own);
  }
  for (const name of namesIn(monitor.monitor))
    if (MONITORS_OWN.test(name)) rmSync(join(monitor.monitor, name), { force: true });
  const files = [places.inspectSocket, monitor.socket, monitor.lock, monitor.output];
  for (const file of [...files, ...["boot", "boot.new"].map((name) => join(places.runroot, name))])
    rmSync(file, { force: true });
  if (statSync(settings.listen, { throwIfNoEntry: false })?.isSocket()) rmSync(settings.listen);
  const directories = [
    ...[places.runtimes, places.bundles, places.pins, places.sandboxFiles, places.execs, places.rootfs],
    ...[monitor.exits, monitor.monitor],
    ...KINDS.map((kind) => join(places.runroot, kind)),
    ...(images ? [places.images] : []),
  ];
  directories.forEach(removeEmpty);
};

/** What of our own is there yet, and is not told by `others`: what is in it, or is it. */
export const ownNamesLeft = (
  { root, runroot }: Settings,
  images: boolean,
  others: readonly Finding[],
): readonly Finding[] => {
  const isKept = (name: string): boolean => name === LOCK || (!images && (name === "images" || STORE.test(name)));
  const ours = [...new Set([runroot, root])].flatMap((directory) =>
    namesIn(directory)
      .filter((name) => !isKept(name))
      .map((name) => join(directory, name)),
  );
  const isTold = (path: string): boolean => others.some(({ what }) => what === path || what.startsWith(`${path}/`));
  return ours
    .filter((path) => !isTold(path))
    .map((what) => ({ verdict: "stale", kind: "file", what, text: "could not be removed" }));
};

/**
 * The last of all, by who holds the locks. For an instant a daemon that starts could get a lock on a file that the next one does
 * not find: whoever wipes a node does not start one meanwhile, and nothing is left that two of them could spoil.
 */
export const removeDirectories = ({ root, runroot }: Settings): void => {
  for (const directory of [runroot, root]) {
    rmSync(join(directory, LOCK), { force: true });
    removeEmpty(directory);
  }
};
