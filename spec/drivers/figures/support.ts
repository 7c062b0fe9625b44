/** Cgroups as directories of plain files, written by a spec, and a clock that it turns. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CgroupDirectories } from "../../../src/drivers/figures/cgroup-directories.ts";
import type { Clock } from "../../../src/drivers/figures/cgroup-gauge.ts";

export const inFolder = async (spec: (folder: string) => void | Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "figures-"));
  try {
    await spec(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const writeFiles = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

export const unifiedAt = (folder: string): CgroupDirectories => ({ version: 2, of: () => folder });
export const legacyAt = (folder: string): CgroupDirectories => ({ version: 1, of: (name) => join(folder, name) });

export const clockAt = (): Clock & { ms: number } => {
  const clock = { ms: 1000, monoMs: () => clock.ms, wallNs: () => String(clock.ms * 1_000_000) };
  return clock;
};

export const unifiedFiles = {
  "cpu.stat":
    "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 3000000\n",
  "cpu.pressure": "some avg10=1.50 avg60=0.25 avg300=0.05 total=1000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
  "memory.current": "10000000\n",
  "memory.max": "64000000\n",
  "memory.peak": "12000000\n",
  "memory.swap.current": "4096\n",
  "memory.swap.max": "max\n",
  "memory.stat":
    "anon 3000000\nfile 5000000\nkernel 700000\nfile_mapped 40960\ninactive_file 4000000\npgfault 900\npgmajfault 3\n",
  "memory.events": "low 0\nhigh 0\nmax 6\noom 2\noom_kill 1\noom_group_kill 0\n",
  "memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=4\n",
  "io.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=3\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2\n",
  "io.stat": "7:0 \n8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n",
  "pids.current": "5\n",
  "pids.max": "max\n",
  "cgroup.procs": "",
};

export const legacyFiles = {
  "cpuacct/cpuacct.usage": "2500000000\n",
  "cpuacct/cpuacct.usage_user": "2000000000\n",
  "cpuacct/cpuacct.usage_sys": "500000000\n",
  "cpu/cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 3000000000\n",
  "memory/memory.usage_in_bytes": "10000000\n",
  "memory/memory.limit_in_bytes": "64000000\n",
  "memory/memory.memsw.limit_in_bytes": "100000000\n",
  "memory/memory.max_usage_in_bytes": "12000000\n",
  "memory/memory.kmem.usage_in_bytes": "700000\n",
  "memory/memory.failcnt": "6\n",
  "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
  "memory/memory.stat":
    "cache 1\nrss 2\npgfault 800\npgmajfault 2\ntotal_cache 5000000\ntotal_rss 3000000\ntotal_mapped_file 40960\n" +
    "total_pgfault 900\ntotal_pgmajfault 3\ntotal_inactive_file 4000000\ntotal_swap 4096\n",
  "blkio/blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\nTotal 12288\n",
  "blkio/blkio.throttle.io_serviced_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
  "pids/pids.current": "5\n",
  "pids/pids.max": "max\n",
  "pids/cgroup.procs": "",
};
