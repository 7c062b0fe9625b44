/**
 * `troupe monitor [--run-dir DIR] [--stay]`: the monitor. The daemon starts it; or a service manager, with `--stay`, which keeps
 * it from leaving when there is nothing to do.
 * `troupe monitor upgrade [--run-dir DIR]`: the running monitor's program is replaced in place by the one installed now.
 */
import { runMonitor } from "../monitor/main.ts";
import { version } from "../version.ts";
import { ownMonitor } from "./entry.ts";
import { parse } from "./options.ts";

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    "run-dir": { type: "string", default: "/run/troupe" },
    stay: { type: "boolean", default: false },
  });
  const runDir = String(values["run-dir"]);
  if (words[0] === "upgrade") {
    const { askDaemon } = await import("./daemon.ts"); // an HTTP client, which the monitor itself has no use for
    const { pid } = (await askDaemon(runDir, "POST", "/monitor/upgrade")) as { pid: number };
    process.stdout.write(`the monitor ${pid} runs version ${version} now\n`);
    return 0;
  }
  const stays = values["stay"] === true;
  await runMonitor({ runDir, version, program: [...ownMonitor(runDir), ...(stays ? ["--stay"] : [])], stays });
  return 0;
};
