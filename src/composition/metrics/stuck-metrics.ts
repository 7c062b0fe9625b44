/** Who is stuck, by what is awaited: read when somebody asks. */
import { Gauge, type Registry } from "prom-client";
import type { StuckCount } from "../../supervisors/stuck-watch.ts";

/** `30s`, `2m`, `10m`, as Prometheus writes durations. */
const durationOf = (ms: number): string => (ms < 60_000 ? `${ms / 1000}s` : `${ms / 60_000}m`);

export const stuckMetrics = (registry: Registry, counts: () => readonly StuckCount[]): void => {
  const stuck: Gauge = new Gauge({
    name: "troupe_stuck",
    help: "Actors that have not been at rest for longer than this, by what they wait for; a client's grace period is not counted.",
    labelNames: ["waits_for", "longer_than"],
    registers: [registry],
    collect: () => {
      stuck.reset();
      for (const { longerThanMs, byWait } of counts())
        for (const [waits_for, count] of byWait) stuck.set({ waits_for, longer_than: durationOf(longerThanMs) }, count);
    },
  });
};
