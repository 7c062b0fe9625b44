/**
 * `troupe serve [--config FILE] [--log-format text|json] [--await-monitor]`: the daemon. `--await-monitor`: it starts no monitor,
 * a service manager does (`troupe monitor --stay`).
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { serviceManager } from "../drivers/linux/service-manager.ts";
import { storeThread } from "../drivers/records/durable.ts";
import { placesOf } from "../composition/places.ts";
import { reportTo } from "../composition/report.ts";
import { Invalid } from "../errors.ts";
import { readSettings } from "../settings.ts";
import { ownMonitor } from "./entry.ts";
import { logLines } from "./log-lines.ts";
import { parse } from "./options.ts";

/** After callers are let in: what a start runs has been compiled then, and is worth keeping for the next one. */
const STARTED_MS = 1_000;

export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, {
    config: { type: "string" },
    "log-format": { type: "string", default: "text" },
    "await-monitor": { type: "boolean", default: false },
  });
  const format = values["log-format"];
  if (format !== "text" && format !== "json") throw new Invalid(`--log-format is text or json, not ${String(format)}`);
  const settings = readSettings(values["config"] as string | undefined);
  const { store, compiled } = placesOf(settings);
  const thread = storeThread(store); // it starts while this one loads all the rest
  enableCompileCache(compiled);
  const { serve } = await import("../main.ts"); // from here on it is the cache's
  const log = logLines((text) => void process.stderr.write(text));
  process.on("exit", log.flush);
  const report = reportTo(log.write, format, () => new Date().toISOString());
  const tellManager = serviceManager(process.env, (text) => report.say("warning", text));
  return serve({
    settings,
    storeThread: thread,
    report,
    ...(values["await-monitor"] !== true && { startMonitor: ownMonitor(settings.runroot) }),
    served: () => {
      tellManager("READY=1");
      setTimeout(flushCompileCache, STARTED_MS).unref();
    },
    ending: () => tellManager("STOPPING=1"),
  });
};
