/** A monitor whose next program takes longer to come back than a daemon waits for an orphan's exit. */
import { setTimeout as sleep } from "node:timers/promises";
import { REAPED_WITHIN_MS } from "../../../src/drivers/linux/orphan-exit.ts";
import { runMonitor } from "../../../src/monitor/main.ts";

const [runDir = "/run/troupe", version = "first"] = process.argv.slice(2);
if (version === "next") await sleep(REAPED_WITHIN_MS + 1000);
await runMonitor({ runDir, version, program: [process.execPath, import.meta.filename, runDir, "next"] });
