import { Failed } from "../errors.ts";

/**
 * The monitor makes little garbage and has all the time to collect it: a small heap takes 4 MiB less. The daemon does not
 * take these options of Node: with them it collects for 6 ms in each pod's life.
 */
const FRUGAL = ["--optimize-for-size", "--max-semi-space-size=1"];

/** Program and arguments that run this same Troupe as the monitor, under the options of Node that we have, and its own. */
export const ownMonitor = (runDir: string): readonly [string, ...string[]] => {
  const [, script] = process.argv;
  if (script === undefined) throw new Failed("this program does not know its own file");
  const options = process.execArgv.filter((option) => !FRUGAL.includes(option));
  return [process.execPath, ...options, ...FRUGAL, script, "monitor", "--run-dir", runDir];
};
