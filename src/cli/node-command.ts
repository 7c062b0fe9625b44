/** What `troupe check` and `troupe wipe` have in common: they are about the whole node, and for root alone. */
import { Invalid, toFailure } from "../errors.ts";
import { readSettings, type Settings } from "../settings.ts";
import { parse } from "./options.ts";

export type Output = "text" | "json";

export interface NodeCommand {
  readonly name: string;
  readonly help: string;
  /** Its own options, true where they were given. */
  readonly flags: readonly string[];
  /** Why nobody but root can do it. */
  readonly forRoot: string;
  /** What follows an error that says a daemon is in the way. */
  readonly besideDaemon: string;
  /** Answers the exit status. */
  act(settings: Settings, flags: ReadonlySet<string>, output: Output): Promise<number>;
}

/** Exit status of a command that cannot do what it was asked for. */
const CANNOT = 3;

export const runNodeCommand = async (command: NodeCommand, args: readonly string[]): Promise<number> => {
  const { name, help, flags, forRoot, besideDaemon } = command;
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o", default: "text" },
    config: { type: "string" },
    ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean", default: false } as const])),
  });
  const { output } = values;
  if (output !== "text" && output !== "json") throw new Invalid(`--output is text or json, not ${String(output)}`);
  if (words.length > 0) throw new Invalid(`it takes no ${words.join(" ")}`);
  if (values["help"]) {
    process.stdout.write(help);
    return 0;
  }
  const cannot = (why: string): number => {
    process.stderr.write(`troupe ${name}: ${why}\n`);
    return CANNOT;
  };
  const settings = readSettings(values["config"] as string | undefined);
  if (process.getuid?.() !== 0) return cannot(forRoot);
  try {
    return await command.act(settings, new Set(flags.filter((flag) => values[flag] === true)), output);
  } catch (error) {
    const { code, text } = toFailure(error);
    return cannot(`${text}${code === "Unavailable" ? besideDaemon : ""}`);
  }
};
