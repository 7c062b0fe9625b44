/** Containers as if they were in one cgroup. Limits and pressures of several together mean nothing: they are left out. */
import type { CgroupFigures, CpuFigures, MemoryFigures, WallNs } from "../vocabulary/index.ts";

type Timed = { readonly atNs: WallNs };

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** Absent of none. The time is the last one's: they were read in this order. */
const joined = <Item extends Timed, Joined>(
  items: readonly (Item | undefined)[],
  join: (items: readonly Item[]) => Joined,
): (Joined & Timed) | undefined => {
  const known = items.filter((item) => item !== undefined);
  const last = known.at(-1);
  return last && { ...join(known), atNs: last.atNs };
};

export const summed = (all: readonly CgroupFigures[]): CgroupFigures => {
  const cpu = joined(
    all.map((each) => each.cpu),
    cpus,
  );
  const memory = joined(
    all.map((each) => each.memory),
    memories,
  );
  const swap = joined(
    all.map((each) => each.swap),
    (items) => ({ usageBytes: sum(items, (item) => item.usageBytes) }),
  );
  const tasks = joined(
    all.map((each) => each.tasks),
    (items) => ({ count: sum(items, (item) => item.count) }),
  );
  return { ...(cpu && { cpu }), ...(memory && { memory }), ...(swap && { swap }), ...(tasks && { tasks }) };
};

const cpus = (items: readonly CpuFigures[]): Omit<CpuFigures, "atNs"> => {
  const rates = items.flatMap(({ nanoCores }) => nanoCores ?? []);
  const usageNs = sum(items, (item) => item.usageNs);
  return rates.length < items.length ? { usageNs } : { usageNs, nanoCores: sum(rates, (rate) => rate) };
};

const memories = (items: readonly MemoryFigures[]): Omit<MemoryFigures, "atNs"> => ({
  usageBytes: sum(items, (item) => item.usageBytes),
  workingSetBytes: sum(items, (item) => item.workingSetBytes),
  rssBytes: sum(items, (item) => item.rssBytes),
  pageFaults: sum(items, (item) => item.pageFaults),
  majorPageFaults: sum(items, (item) => item.majorPageFaults),
});
