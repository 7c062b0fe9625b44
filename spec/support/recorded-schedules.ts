/** Recordings of simulated lives, for whoever wants some that are rich: faults, deaths, and ids as long as real ones. */
import { createHash } from "node:crypto";
import { chartsSum } from "../../src/composition/charts-sum.ts";
import { Flight, MemoryRing } from "../../src/fuzz/flight.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { readLines } from "../../src/inspect/lines.ts";
import { machineOf } from "../../src/machines/catalogue.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { kindOf } from "../../src/vocabulary/index.ts";
import { tick } from "../../scripts/sim/tick.ts";

const flight = new Flight({ version: "1.0.0", charts: chartsSum() });
const stage = setStage(flight.watch);
stage.flight = flight;

/** Simulated ids count up; real ones are random. */
const withIds = (text: string, salt: number): string =>
  text.replaceAll(/\b0{20,}\d+\b/g, (id) => createHash("sha256").update(`${salt} ${id}`).digest("hex"));

/** Lines of one schedule. */
export const recordedText = async (seed: number, ring = new MemoryRing()): Promise<string> => {
  flight.begin(ring);
  await rehearse({ seed }, { stage, tick });
  return withIds(ring.text, seed);
};

export const isTransition = (record: FlightRecord): boolean =>
  record.kind === "step" && machineOf(kindOf(record.actor)) !== undefined;

export const recorded = async (seed: number): Promise<readonly FlightRecord[]> =>
  readLines(await recordedText(seed)).records;

/** Lives one after another, with times as a clock has them, until so many transitions were taken. */
export const longRecording = async (transitions: number): Promise<readonly FlightRecord[]> => {
  const records: FlightRecord[] = [];
  let mono = 90_000_000;
  for (let [seed, taken] = [1, 0]; taken < transitions; seed++)
    for (const record of await recorded(seed)) {
      if (isTransition(record)) taken++;
      mono += ((records.length * 7_919) % 20_011) / 1_000;
      const at = { seq: records.length + 1, mono: Math.round(mono * 1_000) / 1_000 };
      records.push({ ...record, ...at, wall: 1_760_000_000_000 + Math.floor(at.mono) });
    }
  return records;
};
