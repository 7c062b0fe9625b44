/** A monitor to be started by specs: `monitor-program.ts RUN_DIR [VERSION]`. An upgrade executes it again as version "next". */
import { runMonitor } from "../../../src/monitor/main.ts";

const [runDir = "/run/troupe", version = "first"] = process.argv.slice(2);
await runMonitor({ runDir, version, program: [process.execPath, import.meta.filename, runDir, "next"] });
