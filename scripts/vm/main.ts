/**
 * `sh scripts/node.sh scripts/vm/main.ts [--rw DIR]… [--limit SECONDS] [--memory MIB] [--] COMMAND…`: runs COMMAND in a test
 * machine, in the directory of the caller; this repository is shown there at its own path, read-only. Exits with its status.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { imageOf } from "./image.ts";
import { Interrupted, interruption } from "./interruption.ts";
import { quoted, runInMachine } from "./machine.ts";

const { values, positionals } = parseArgs({
  options: {
    rw: { type: "string", multiple: true, default: [] },
    limit: { type: "string", default: "600" },
    memory: { type: "string", default: "2048" },
  },
  allowPositionals: true,
});
if (positionals.length === 0)
  throw new Error("usage: main.ts [--rw DIR]… [--limit SECONDS] [--memory MIB] -- COMMAND…");

const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const signal = interruption();
try {
  process.exitCode = await runInMachine(await imageOf((text) => console.error(`vm: ${text}`), signal), {
    command: `cd ${quoted(process.cwd())} 2> /dev/null || cd /root\nexec ${positionals.map(quoted).join(" ")}\n`,
    shares: [
      { directory: repository, writable: false },
      ...values.rw.map((directory) => ({ directory, writable: true })),
    ],
    limitMs: Number(values.limit) * 1000,
    memoryMiB: Number(values.memory),
    signal,
    output: (chunk) => void process.stdout.write(chunk),
  });
} catch (error) {
  console.error(`troupe: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Interrupted ? error.status : 1;
}
