/** Names of the files in a bundle, which the daemon writes, the monitor reads and an OCI runtime fills. */
import { join } from "node:path";

/** The runtime-spec configuration. */
export const configFile = (bundle: string): string => join(bundle, "config.json");

/** The process of an exec, all but its command: what a daemon that comes later needs. */
export const processFile = (bundle: string): string => join(bundle, "process.json");

/** What belongs to one run of the OCI runtime: `create`, or `exec-ID`. */
export const runFile = (bundle: string, run: string, kind: "json" | "pid" | "log"): string =>
  join(bundle, `${run}.${kind}`);

/** The name of an exec's run. */
export const execRun = (execId: string): string => `exec-${execId}`;
