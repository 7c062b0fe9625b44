/** Runs critest against a runtime, and reads what it says. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { critest } from "../cri-tools/place.ts";
import { specsIn, type SpecEnd } from "./report.ts";

export interface CritestRun {
  /** The runtime's. */
  readonly socket: string;
  /** Regular expressions over specs' names: one of them has to match, where there are any. */
  readonly focus: readonly string[];
  /** Regular expressions over names of specs that are left out. */
  readonly skip: readonly string[];
  /** Flags beside these. */
  readonly flags: readonly string[];
  /** Its working directory, and where it makes temporary files: made, and removed. */
  readonly place: string;
  /** Gets all that it says. */
  readonly log: string;
}

const kept = 2000;

/** Every spec that critest has, in the order in which they ran. Throws for a critest that left no report. */
export const runCritest = async (run: CritestRun): Promise<readonly SpecEnd[]> => {
  mkdirSync(run.place, { recursive: true });
  const report = join(run.place, "report.json");
  const child = spawn(
    critest,
    [
      `-runtime-endpoint=unix://${run.socket}`,
      `-ginkgo.json-report=${report}`,
      "-ginkgo.no-color",
      ...run.focus.map((text) => `-ginkgo.focus=${text}`),
      ...run.skip.map((text) => `-ginkgo.skip=${text}`),
      ...run.flags,
    ],
    { cwd: run.place, env: { ...process.env, TMPDIR: run.place }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const log = createWriteStream(run.log);
  let end = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      log.write(text);
      end = `${end}${text}`.slice(-kept);
    });
  const [status] = (await once(child, "close")) as [number | null];
  log.end();
  await once(log, "close");
  if (!existsSync(report)) throw new Error(`critest ended with ${status} and left no report: ${end}`);
  const specs = specsIn(readFileSync(report, "utf8"));
  rmSync(run.place, { recursive: true });
  return specs;
};
