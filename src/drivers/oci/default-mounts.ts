/**
 * `mounts.conf` of containers/common: host directories that every container gets a copy of, secrets of the distribution mostly.
 * A line is `/SOURCE:/TARGET`, or one path for both. Copies lie in the bundle, so that no container can write to the host's.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Owner } from "../../vocabulary/index.ts";
import type { HostPaths } from "./host-paths.ts";
import type { SpecMount } from "./spec/runtime-spec.ts";

interface Wanted {
  readonly source: string;
  readonly destination: string;
}

/** Copies into `bundle`, which is there, for `owner`. A source that is missing is passed over. Throws Failed and Overdue for others. */
export const copyDefaultMounts = async (
  files: readonly string[],
  bundle: string,
  paths: HostPaths,
  owner?: Owner,
): Promise<readonly SpecMount[]> => {
  const all = files.filter((file) => existsSync(file)).flatMap((file) => wantedIn(readFileSync(file, "utf8")));
  const wanted = all.filter(
    ({ destination }, index) => all.findIndex((other) => other.destination === destination) === index,
  );
  if (wanted.length === 0) return [];
  const directory = join(bundle, "mounts");
  mkdirSync(directory, { mode: 0o711 });
  const copies = wanted.map(({ source }, index) => ({ source, target: join(directory, String(index)) }));
  await paths.copy(copies, owner);
  return copies.flatMap(({ target }, index) => {
    const destination = wanted[index]?.destination ?? "";
    return existsSync(target) ? [{ destination, type: "bind", source: target, options: ["bind", "rprivate"] }] : [];
  });
};

/** Lines that do not begin with a path are passed over. */
export const wantedIn = (text: string): readonly Wanted[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("/"))
    .map((line) => {
      const at = line.indexOf(":");
      return at < 0
        ? { source: line, destination: line }
        : { source: line.slice(0, at), destination: line.slice(at + 1) };
    })
    .filter(({ destination }) => destination.startsWith("/"));
