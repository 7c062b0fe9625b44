/** The daemon's own flight recorder, over the ring in its run directory. */
import { FileRing } from "../drivers/flight/file-ring.ts";
import type { FlightRing } from "../drivers/flight/flight.ts";
import { lastLinesIn } from "../drivers/flight/reading.ts";
import { readLines } from "../inspect/lines.ts";
import type { FlightRecord } from "../inspect/record.ts";
import { Recorder, type RecorderOptions } from "../inspect/recorder.ts";
import { version } from "../version.ts";
import { chartsSum } from "./charts-sum.ts";
import { thisBoot } from "./past-boot.ts";

/** 32 MiB in all. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
const SEGMENTS = 4;

export interface Flight {
  readonly recorder: Recorder;
  readonly ring: FlightRing;
}

/** Parsed from the end: a start waits for it. */
const lastRecordIn = (lines: readonly string[]): FlightRecord | undefined => {
  for (const line of lines.toReversed()) {
    const [record] = readLines(line).records;
    if (record) return record;
  }
  return undefined;
};

/** Goes on where an earlier daemon of this boot stopped. */
export const flightRecorder = (
  directory: string,
  options: Pick<RecorderOptions, "now" | "wallMs" | "cause" | "nameOf">,
): Flight => {
  const after = lastRecordIn(lastLinesIn(directory))?.seq ?? 0;
  const ring = new FileRing({ directory, segmentBytes: SEGMENT_BYTES, segments: SEGMENTS });
  const daemon = { version, pid: process.pid, boot: thisBoot(), charts: chartsSum() };
  return { recorder: new Recorder({ ...options, ring, daemon, after }), ring };
};
