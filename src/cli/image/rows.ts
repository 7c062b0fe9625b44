/** Images as a table: one line for each name. */
import type { Image } from "../../vocabulary/index.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `4.6 MB`: as disks are sold. */
const size = (bytes: number): string => {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
};

/** Digits of an id: enough for `rm`. */
const DIGITS = 12;

export const imageRows = (images: readonly Image[]): readonly string[] => {
  const rows = images
    .flatMap(({ id, repoTags, repoDigests, sizeBytes }) => {
      const names = repoTags.length > 0 ? repoTags : repoDigests;
      const short = id.slice(id.indexOf(":") + 1).slice(0, DIGITS);
      return (names.length > 0 ? names : ["(no name)"]).map((name) => [name, short, size(sizeBytes)] as const);
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  const width = Math.max(5, ...rows.map(([name]) => name.length));
  const heading = ["IMAGE", "ID", "SIZE"] as const;
  return [heading, ...rows].map(([name, id, bytes]) => `${name.padEnd(width)}  ${id.padEnd(DIGITS)}  ${bytes}`);
};
