import { Failed } from "../errors.ts";

/** Program and arguments that run this same Troupe with another command, under the same options of Node. */
export const ownProgram = (...args: readonly string[]): readonly [string, ...string[]] => {
  const [, script] = process.argv;
  if (script === undefined) throw new Failed("this program does not know its own file");
  return [process.execPath, ...process.execArgv, script, ...args];
};
