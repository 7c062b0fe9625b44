/**
 * `troupe serve [--config FILE] [--log-format text|json] [--await-monitor]`: the daemon. `--await-monitor`: it starts no monitor,
 * a service manager does (`troupe monitor --stay`).
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { isJournalStream } from "../drivers/linux/journal-stream.ts";
import { serviceManager } from "../drivers/linux/service-manager.ts";
import { storeThread } from "../drivers/records/durable.ts";
import { placesOf } from "../composition/places.ts";
import { reportTo } from "../composition/report.ts";
import { Invalid } from "../errors.ts";
import { readKeys, settingsOf } from "../settings.ts";
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
  const file = values["config"] as string | undefined;
  const read = readKeys(file);
  const settings = settingsOf(read);
  const { store, compiled } = placesOf(settings);
  const thread = storeThread(store); // it starts while this one loads all the rest
  enableCompileCache(compiled);
  const { serve } = await import("../main.ts"); // from here on it is the cache's
  const log = logLines({
    write: (text) => void process.stderr.write(text),
    waiting: () => process.stderr.writableLength,
    lost: (lines) =>
      report.say("warning", `${lines} lines are missing before this one: whoever reads them was too slow`),
  });
  process.on("exit", log.flush);
  const report = reportTo({
    write: log.write,
    format,
    at: () => new Date().toISOString(),
    level: settings.logLevel,
    priorities: isJournalStream(process.env, process.stderr.fd),
  });
  const tellManager = serviceManager(process.env, (text) => report.say("warning", text));
  return serve({
    read,
    readAgain: () => readKeys(file),
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
