/** What the daemon counts of its calls and of its event loop, for Prometheus. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CallWatch } from "./dispatch.ts";

export interface CriMetrics {
  /** Where the rest of the daemon registers its own. */
  readonly registry: Registry;
  /** To be given to serveCri. */
  readonly watch: CallWatch;
  /** Ends the watch over the event loop. */
  readonly close: () => void;
}

// From a List out of memory to a pull that takes its time.
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** `now` is a monotonic clock in milliseconds. */
export const criMetrics = (now: () => number = () => performance.now()): CriMetrics => {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    name: "troupe_cri_calls_total",
    help: "CRI calls that have ended, by method and gRPC code.",
    labelNames: ["method", "code"],
    registers,
  });
  const took = new Histogram({
    name: "troupe_cri_call_seconds",
    help: "How long CRI calls took, by method and gRPC code.",
    labelNames: ["method", "code"],
    buckets: seconds,
    registers,
  });
  const underWay = new Gauge({
    name: "troupe_cri_calls_under_way",
    help: "CRI calls that have not ended yet, by method.",
    labelNames: ["method"],
    registers,
  });
  const stopLoopWatch = watchLoop(registry);
  return {
    registry,
    watch: (method) => {
      const begun = now();
      underWay.inc({ method });
      return (code) => {
        underWay.dec({ method });
        calls.inc({ method, code });
        took.observe({ method, code }, (now() - begun) / 1000);
      };
    },
    close: stopLoopWatch,
  };
};

/** The event loop's delay between two scrapes. */
const watchLoop = (registry: Registry): (() => void) => {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const gauge = new Gauge({
    name: "troupe_event_loop_delay_seconds",
    help: "Delay of the event loop since the last scrape, by quantile.",
    labelNames: ["quantile"],
    registers: [registry],
    collect: () => {
      for (const quantile of [0.5, 0.9, 0.99]) gauge.set({ quantile }, delay.percentile(quantile * 100) / 1e9);
      gauge.set({ quantile: 1 }, delay.max / 1e9);
      delay.reset();
    },
  });
  return () => {
    delay.disable();
  };
};
