/** Queues and their bounds: what is refused at a bound was to be seen coming. Read when somebody asks. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { QueueFigures } from "../../vocabulary/index.ts";

/** By name. */
export type Queues = Readonly<Record<string, QueueFigures>>;

export interface QueueSources {
  /** Lengths are numbers of things. */
  items(): Queues;
  /** Lengths are bytes. */
  bytes(): Queues;
}

export const queueMetrics = (registry: Registry, sources: QueueSources): void => {
  const registers = [registry];
  const labelNames = ["queue"];
  const gaugeOf = (name: string, help: string, queues: () => Queues, figure: "length" | "bound"): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect: () => {
        for (const [queue, figures] of Object.entries(queues())) gauge.set({ queue }, figures[figure]);
      },
    });
  };
  gaugeOf(
    "troupe_queue_length",
    "What waits in a queue; of several of a kind in the longest.",
    sources.items,
    "length",
  );
  gaugeOf("troupe_queue_bound", "At which length of a queue the next one is refused.", sources.items, "bound");
  gaugeOf("troupe_queue_bytes", "Bytes that wait in a queue.", sources.bytes, "length");
  gaugeOf("troupe_queue_bound_bytes", "At how many bytes in a queue the next one is refused.", sources.bytes, "bound");
  const refused: Counter = new Counter({
    name: "troupe_queue_refused_total",
    help: "Who was refused because a queue was full.",
    labelNames,
    registers,
    collect: () => {
      refused.reset();
      for (const [queue, figures] of Object.entries({ ...sources.items(), ...sources.bytes() }))
        refused.inc({ queue }, figures.refused);
    },
  });
};
