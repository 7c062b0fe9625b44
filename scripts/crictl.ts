/**
 * `npm run crictl`: builds crictl with the Go that this machine has, for the specs that let a real client speak; they are
 * skipped where it was never built. 77: there is no Go here, or none that is new enough.
 */
import { buildTool, NoGo } from "./cri-tools/build.ts";

const SKIPPED = 77;
try {
  console.error(`crictl: ${buildTool("crictl")}`);
} catch (error) {
  console.error(`crictl: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof NoGo ? SKIPPED : 1;
}
