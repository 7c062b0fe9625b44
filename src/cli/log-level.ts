/**
 * `troupe log-level [LEVEL] [--run-dir DIR]`: how much the running daemon says; with a LEVEL it is that from now on, until the
 * daemon ends or reads its settings again. Levels: trace, debug, info, warning, error, fatal.
 */
import { Invalid } from "../errors.ts";
import { askDaemon } from "./daemon.ts";
import { parse } from "./options.ts";

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, { "run-dir": { type: "string", default: "/run/troupe" } });
  const [word, more] = words;
  if (more !== undefined) throw new Invalid(`one level at most, not ${words.join(" ")}`);
  const runDir = String(values["run-dir"]);
  const level =
    word === undefined
      ? await askDaemon(runDir, "GET", "/log-level")
      : await askDaemon(runDir, "POST", `/log-level?to=${encodeURIComponent(word)}`);
  process.stdout.write(`${String(level)}\n`);
  return 0;
};
