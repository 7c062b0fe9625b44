/**
 * `log-path`: lines of 100 bytes from writers that do nothing else, until the last is in the log: our log thread beside conmon.
 * Nothing else of either runtime is in the way, and no container: what is measured is who takes the bytes from a pipe.
 *
 *   /write-per-line  each line a write        /twenty-writers  forty lines a write, in twenty containers at once
 *   /forty-lines     forty lines a write      /32k             32 KiB a write
 *
 * Milliseconds per MB until the log is complete; `…/cpu`, of writers and loggers; `…/writers`, until the writers were done.
 */
import { createReadStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countCpu } from "../support/cpu.ts";
import { conmonLogger, conmonVersion, ourLogger, type Logger } from "../support/loggers.ts";
import { place } from "../support/place.ts";
import { ourName } from "../support/results.ts";
import type { Case, Stage } from "../support/stage.ts";
import { numbersFrom, shuffled } from "../support/statistics.ts";
import { linesOf, LINE_BYTES, Writers, type Load } from "../support/writers.ts";

const MB = 1e6;
const loads: Readonly<Record<string, Load>> = {
  "write-per-line": { writers: 1, blockBytes: LINE_BYTES, bytes: 60 * MB },
  "forty-lines": { writers: 1, blockBytes: 40 * LINE_BYTES, bytes: 160 * MB },
  "twenty-writers": { writers: 20, blockBytes: 40 * LINE_BYTES, bytes: 160 * MB },
  "32k": { writers: 1, blockBytes: 32 * 1024, bytes: 320 * MB },
};
const pairs = 8;

/** The lines that are whole in a log, by its records: each of our own tells where it stands. */
const wholeLines = async (path: string): Promise<number> => {
  let full = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    for (let at = (chunk as Buffer).indexOf("\n"); at !== -1; at = (chunk as Buffer).indexOf("\n", at + 1)) full += 1;
  return full;
};

const measure = async (stage: Stage, name: string, logger: Logger, load: Load, lines: string): Promise<void> => {
  const at = join(place, "log-path");
  mkdirSync(at, { recursive: true });
  const writers = new Writers(at, lines, load);
  const { paths, complete } = await logger.begin(at, writers);
  const mb = (writers.bytesOfEach * load.writers) / MB;
  const cpu = countCpu();
  const begun = performance.now();
  writers.go();
  await complete;
  stage.record(name, "ms/MB", logger.name, (performance.now() - begun) / mb);
  stage.record(`${name}/cpu`, "CPU ms/MB", logger.name, cpu() / mb);
  stage.record(`${name}/writers`, "ms/MB", logger.name, (writers.seconds() * 1e3) / mb);
  for (const path of paths) {
    const whole = Math.floor(writers.bytesOfEach / LINE_BYTES);
    const found = await wholeLines(path);
    if (found < whole) stage.outcome.faults.push(`${logger.name}: ${name}: ${found} of ${whole} lines are in the log`);
  }
  writers.close();
  rmSync(at, { recursive: true });
};

export const logPath: Case = {
  names: ["log-path"],
  run: async (stage) => {
    stage.outcome.systems["conmon"] = await conmonVersion();
    const ours = ourLogger(ourName, join(place, "log-journal"));
    const next = numbersFrom(pairs);
    for (const [variant, load] of Object.entries(loads)) {
      const name = `log-path/${variant}`;
      if (!stage.wants(name)) continue;
      stage.tell(name);
      const lines = join(place, "lines");
      writeFileSync(lines, linesOf(load.bytes / load.writers));
      const unheard = { ...stage, record: () => undefined };
      for (const logger of [ours, conmonLogger]) await measure(unheard, name, logger, load, lines);
      for (let pair = 0; pair < pairs; pair++)
        for (const logger of shuffled([ours, conmonLogger], next)) await measure(stage, name, logger, load, lines);
      rmSync(lines);
    }
    ours.close();
  },
};
