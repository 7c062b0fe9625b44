/** How the flight recorder is: what it cannot write is missing when it is needed most. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface RecorderHealth {
  readonly segments: number;
  /** Of all segments together. */
  readonly bytes: number;
  /** Writes that failed. */
  readonly failures: number;
  /** Records that were made. */
  readonly records: number;
  /** Those of them that were not written. */
  readonly lost: number;
}

export const recorderMetrics = (registry: Registry, health: () => RecorderHealth): void => {
  const registers = [registry];
  const gaugeOf = (name: string, help: string, figure: keyof RecorderHealth): void => {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(health()[figure]) });
  };
  const counterOf = (name: string, help: string, figure: keyof RecorderHealth): void => {
    const counter: Counter = new Counter({
      name,
      help,
      registers,
      collect: () => {
        counter.reset();
        counter.inc(health()[figure]);
      },
    });
  };
  gaugeOf("troupe_recorder_segments", "Segments of the flight recorder's ring.", "segments");
  gaugeOf("troupe_recorder_bytes", "Bytes in the flight recorder's ring.", "bytes");
  counterOf("troupe_recorder_records_total", "Records that the flight recorder has made.", "records");
  counterOf("troupe_recorder_failed_writes_total", "Writes of the flight recorder that failed.", "failures");
  counterOf("troupe_recorder_lost_records_total", "Records that the flight recorder could not write.", "lost");
};
