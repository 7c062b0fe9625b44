/** A monitor that cannot be replaced: what it would execute is not there. */
import { runMonitor } from "../../../src/monitor/main.ts";

const [runDir = "/run/troupe"] = process.argv.slice(2);
await runMonitor({ runDir, version: "stuck", program: ["/nosuch/troupe", "monitor"] });
