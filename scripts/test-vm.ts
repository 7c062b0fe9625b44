/**
 * `npm run test:vm [-- FILTER…]`: runs spec/vm/*.vm.spec.ts in one test machine: Debian 12 with its kernel 6.1, cgroup v2 alone,
 * systemd, AppArmor. FILTER is a part of a spec's name. The last line is `N passed, M failed, K skipped`; where there can be
 * no such machine each file counts as skipped.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { imageOf, NoMachine } from "./vm/image.ts";
import { Interrupted, interruption } from "./vm/interruption.ts";
import { quoted, runInMachine } from "./vm/machine.ts";
import { specsIn, tellTotals } from "./vm/specs.ts";

const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const compiled = join(repository, ".cache", "vm", "compiled");
const limitMs = 40 * 60_000;
const filters = process.argv.slice(2).filter((word) => word !== "--");

const environment = [
  "TROUPE_TEST_VM=1",
  // Emulated, and often on a busy host: limits are there against what hangs.
  "TROUPE_SLOW=20",
  // What Node has compiled once: next time a program starts in a third of the time.
  `NODE_COMPILE_CACHE=${compiled}`,
];

const say = (text: string): void => console.log(`vm: ${text}`);

const run = async (signal: AbortSignal): Promise<number> => {
  const image = await imageOf(say, signal);
  mkdirSync(compiled, { recursive: true });
  say("booting the machine …");
  return runInMachine(image, {
    command: `cd ${quoted(repository)}\nexport ${environment.map(quoted).join(" ")}\nexec sh scripts/node.sh scripts/vm/guest.ts ${filters.map(quoted).join(" ")}\n`,
    shares: [
      { directory: repository, writable: false },
      { directory: compiled, writable: true },
    ],
    limitMs,
    signal,
    output: (chunk) => void process.stdout.write(chunk),
  });
};

try {
  process.exitCode = await run(interruption());
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof NoMachine) {
    const specs = specsIn(repository, filters);
    console.log(`skipped: ${specs.join(", ")}: no test machine here: ${why}`);
    tellTotals({ passed: 0, failed: 0, skipped: specs.length });
  } else {
    console.error(`troupe: ${why}`);
    tellTotals({ passed: 0, failed: 1, skipped: 0 });
    process.exitCode = error instanceof Interrupted ? error.status : 1;
  }
}
