/** Tells a finding so that it can be understood and seen again: its smallest tape, in words and in a file. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inWords, shrunk, type Rehearsing } from "../../src/fuzz/rehearse.ts";
import type { Finding } from "./messages.ts";

export const tellFinding = async ({ text, where, tape }: Finding, rehearsing: Rehearsing): Promise<string> => {
  if (!tape) return `${where}\n  ${text}`;
  const small = await shrunk(tape, text, rehearsing);
  const file = join(tmpdir(), `troupe-sim-${where.replaceAll(/\W+/g, "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ bug: text, mended: "", tape: small })}\n`);
  const words = await inWords(small, rehearsing);
  return [
    `${where}, in ${small.length} steps of ${tape.length}:`,
    ...words.map((line) => `  ${line}`),
    `  again: npm run sim -- --replay ${file}`,
    `  to look at: npm run sim -- --replay ${file} --record finding.html`,
  ].join("\n");
};
