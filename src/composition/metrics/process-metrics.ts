/**
 * The daemon's process, under the names that every client of Prometheus has for it. prom-client's own collection of these
 * watches garbage collections and walks active handles besides, for series that nobody here would draw.
 */
import { readdir, readFile } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";

const limitOfFiles = async (): Promise<number | undefined> => {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(await readFile("/proc/self/limits", "utf8")) ?? [];
  return soft === undefined ? undefined : Number(soft);
};

/** `startedAtMs`: when this process began, in milliseconds since 1970. */
export const processMetrics = (registry: Registry, startedAtMs: number): void => {
  const registers = [registry];
  const gauges: Readonly<Record<string, readonly [help: string, read: () => number | Promise<number | undefined>]>> = {
    process_start_time_seconds: ["When the daemon was started, in seconds since 1970.", () => startedAtMs / 1000],
    process_resident_memory_bytes: ["Resident memory of the daemon.", () => process.memoryUsage.rss()],
    process_open_fds: ["Open descriptors of the daemon.", async () => (await readdir("/proc/self/fd")).length],
    process_max_fds: ["How many descriptors the daemon may have.", limitOfFiles],
    nodejs_heap_size_used_bytes: ["V8's heap in use.", () => process.memoryUsage().heapUsed],
    nodejs_heap_size_total_bytes: ["V8's heap.", () => process.memoryUsage().heapTotal],
  };
  for (const [name, [help, read]] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read();
        if (value !== undefined) gauge.set(value);
      },
    });
  }
  const cpu: Counter = new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time that all threads of the daemon have used.",
    registers,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
};
