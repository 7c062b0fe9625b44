/** The part of a conformance run that is in a test node. Says what came of it in a file, as JSON (`RunResult`). */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { conformanceBed, leaveBed } from "./bed.ts";
import type { RunResult } from "./result.ts";
import { benchmark, validate } from "./suite.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "crun" },
    packages: { type: "string", default: "" },
    out: { type: "string", default: "" },
    focus: { type: "string", multiple: true, default: [] },
    benchmark: { type: "boolean", default: false },
  },
});

const bed = await conformanceBed(values.runtime === "runc" ? "runc" : "crun", values.packages);
process.once("exit", () => writeFileSync(join(values.out, "daemon.log"), `${bed.daemon.lines.join("\n")}\n`));
const suite = { bed, log: join(values.out, values.benchmark ? "benchmark.log" : "critest.log") };
const ran = values.benchmark ? await benchmark(suite) : { specs: await validate(suite, values.focus), benchmarks: [] };
const left = await leaveBed(bed).then(
  () => "",
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);
const result: RunResult = { ...ran, left };
writeFileSync(join(values.out, "result.json"), JSON.stringify(result));
process.exit(0); // should something be left, it is not to keep the node
