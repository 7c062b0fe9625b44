/** A schedule as a recording, which opens where a node's opens; what befell and what was found are among the daemon's words. */
import { writeFileSync } from "node:fs";
import { chartsSum } from "../../src/composition/charts-sum.ts";
import { recordingText } from "../../src/cli/recording-file.ts";
import { Flight } from "../../src/fuzz/flight.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import type { ScheduleOptions } from "../../src/fuzz/schedule.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { version } from "../../src/version.ts";
import { tick } from "./tick.ts";

export interface Recorded {
  readonly findings: readonly string[];
  /** For people. */
  readonly told: readonly string[];
}

/** `file` ends in .html or .ndjson. */
export const recordSchedule = async (source: ScheduleOptions["source"], file: string): Promise<Recorded> => {
  if (!/\.(html|ndjson)$/.test(file)) throw new Error(`${file} is to end in .html, or in .ndjson for programs`);
  const flight = new Flight({ version, charts: chartsSum() });
  const stage = setStage(flight.watch);
  stage.flight = flight;
  flight.begin();
  const step = (line: string): void => {
    // That all went well shows in the calls.
    if (!line.endsWith(": ok")) flight.say(line.replace(/^\d+ /, ""));
  };
  const { findings, tape } = await rehearse(source, { stage, tick, watcher: { step } });
  flight.conclude(findings);
  const { records } = readLines(flight.ring.text);
  writeFileSync(file, recordingText(file.endsWith(".html") ? "html" : "ndjson", records, { tape }));
  const told = [...findings.map((finding) => `FOUND: ${finding}`), `${file}: ${records.length} records`];
  return { findings, told };
};
