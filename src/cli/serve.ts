/** `troupe serve [--config FILE] [--log-format text|json]`: the daemon. */
import { reportTo } from "../composition/report.ts";
import { Invalid } from "../errors.ts";
import { serve } from "../main.ts";
import { readSettings } from "../settings.ts";
import { ownMonitor } from "./entry.ts";
import { parse } from "./options.ts";

export const run = (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, { config: { type: "string" }, "log-format": { type: "string", default: "text" } });
  const format = values["log-format"];
  if (format !== "text" && format !== "json") throw new Invalid(`--log-format is text or json, not ${String(format)}`);
  const settings = readSettings(values["config"] as string | undefined);
  const report = reportTo(
    (line) => void process.stderr.write(`${line}\n`),
    format,
    () => new Date().toISOString(),
  );
  return serve({ settings, report, startMonitor: ownMonitor(settings.runroot) });
};
