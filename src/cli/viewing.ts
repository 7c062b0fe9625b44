/** What the commands that look at a node have in common: options, help and form of their output. */
import { Invalid } from "../errors.ts";
import { STUCK_MS } from "../inspect/stuck.ts";
import { parse } from "./options.ts";

export interface Viewing {
  readonly runDir: string;
  readonly output: "text" | "json";
  /** From when on something counts as stuck, in milliseconds. */
  readonly stuckMs: number;
  readonly words: readonly string[];
  /** Its own options that were given. */
  readonly flags: ReadonlySet<string>;
}

export interface ViewCommand {
  /** `troupe explain [POD|ID]` */
  readonly usage: string;
  readonly help: string;
  readonly example: string;
  /** Names of its own options, which take no value. */
  readonly flags?: readonly string[];
  readonly mostWords: number;
}

const COMMON = `
  -o, --output text|json   json: one document, for programs
  --stuck-after SECONDS    what is not at rest for so long is stuck, ${STUCK_MS / 1000} by default, unless it is within the time
                           that its client has given it (a grace period, an exec, an attach)
  --run-dir DIR            where the daemon has its sockets and its recording, /run/troupe by default

Exit status: 0 nothing is stuck, 1 something is, 2 usage, 3 the daemon does not answer (what it recorded is shown all the same).
`;

const helpText = ({ usage, help, example }: ViewCommand): string =>
  `usage: ${usage}\n\n${help.trim()}\n${COMMON}\nExample: ${example}\n`;

const secondsIn = (value: unknown): number => {
  const seconds = Number(value);
  if (value === "" || !Number.isFinite(seconds) || seconds < 0)
    throw new Invalid(`--stuck-after is a number of seconds, not ${String(value)}`);
  return seconds * 1000;
};

/** Undefined where only help was asked for, which has been printed. Throws Invalid. */
export const viewing = (command: ViewCommand, args: readonly string[]): Viewing | undefined => {
  const { flags = [], mostWords, usage } = command;
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o", default: "text" },
    "stuck-after": { type: "string", default: String(STUCK_MS / 1000) },
    "run-dir": { type: "string", default: "/run/troupe" },
    ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean", default: false } as const])),
  });
  if (values["help"] === true) {
    process.stdout.write(helpText(command));
    return undefined;
  }
  const { output } = values;
  if (output !== "text" && output !== "json") throw new Invalid(`--output is text or json, not ${String(output)}`);
  if (words.length > mostWords) throw new Invalid(`usage: ${usage}`);
  return {
    runDir: String(values["run-dir"]),
    output,
    stuckMs: secondsIn(values["stuck-after"]),
    words,
    flags: new Set(flags.filter((flag) => values[flag] === true)),
  };
};

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
