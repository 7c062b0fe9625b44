import { fileURLToPath } from "node:url";

const reporter = fileURLToPath(new URL("reporter.ts", import.meta.url));

/** The command that runs one spec file in a process of its own and writes how its tests ended to `report`. */
export const specCommand = (spec: string, report: string): string[] => [
  process.execPath,
  `--test-reporter=${reporter}`,
  `--test-reporter-destination=${report}`,
  spec,
];
