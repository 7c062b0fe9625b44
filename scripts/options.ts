/** Options of the scripts that people call: what is wrong with them is said beside the usage, and ends the program with 2. */
import { parseArgs, type ParseArgsConfig } from "node:util";

type Known = NonNullable<ParseArgsConfig["options"]>;
type Values<Options extends Known> = ReturnType<typeof parseArgs<{ readonly options: Options }>>["values"];

export interface Given<Options extends Known> {
  readonly values: Values<Options>;
  /** Ends the program: `text` is what is wrong. */
  readonly refuse: (text: string) => never;
  /** The value of option `name` as a whole number from 1 on; refused where it is none. */
  readonly count: (name: string, given: string) => number;
}

/** `usage` without the word: `npm run sim -- [--schedules N]`. `--help` prints it and ends the program with 0. */
export const optionsOf = <const Options extends Known>(usage: string, options: Options): Given<Options> => {
  const refuse = (text: string): never => {
    process.stderr.write(`${text}\nusage: ${usage}\n`);
    process.exit(2);
  };
  if (process.argv.includes("--help")) {
    process.stdout.write(`usage: ${usage}\n`);
    process.exit(0);
  }
  const count = (name: string, given: string): number => {
    const number = Number(given);
    return Number.isSafeInteger(number) && number > 0
      ? number
      : refuse(`--${name} is a whole number from 1 on, not "${given}"`);
  };
  try {
    return { values: parseArgs({ options }).values, refuse, count };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
};
