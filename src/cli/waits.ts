/** `troupe waits [--run-dir DIR]`: what every actor that is not at rest waits for; exit status 1 when there is one. */
import { askDaemon } from "./daemon.ts";
import { parse } from "./options.ts";

export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, { "run-dir": { type: "string", default: "/run/troupe" } });
  const waits = (await askDaemon(String(values["run-dir"]), "GET", "/waits")) as readonly string[];
  process.stdout.write(waits.length === 0 ? "everything is at rest\n" : `${waits.join("\n")}\n`);
  return waits.length === 0 ? 0 : 1;
};
