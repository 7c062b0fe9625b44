/** The sizes of huge pages that this kernel has, in the words of cgroups: `2MB`, `1GB`. */
import { namesIn } from "../linux/listing.ts";

const UNITS = ["KB", "MB", "GB"];
let sizes: readonly string[] | undefined;

export const pageSizes = (): readonly string[] =>
  (sizes ??= namesIn("/sys/kernel/mm/hugepages").flatMap((name) => {
    const [, kib] = /^hugepages-(\d+)kB$/.exec(name) ?? [];
    return kib === undefined ? [] : [inWords(Number(kib), UNITS)];
  }));

const inWords = (count: number, [unit = "", ...larger]: readonly string[]): string =>
  count >= 1024 && larger.length > 0 ? inWords(count / 1024, larger) : `${count}${unit}`;
