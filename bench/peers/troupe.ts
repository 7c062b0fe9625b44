/** Troupe itself, as it is installed: the bundle, with crun. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { networkDir, place, pluginDir, registryHost, troupe } from "../support/place.ts";
import type { Peer } from "../support/system.ts";
import { processesWith } from "../support/processes.ts";
import { whenReady } from "../support/readiness.ts";
import { ourName } from "../support/results.ts";
import { startService } from "../support/service.ts";

const settingsOf = (runroot: string, root: string): string => `
[troupe]
root = "${root}"
runroot = "${runroot}"
[troupe.api]
listen = "${socketIn(runroot)}"
[troupe.runtime]
default_runtime = "crun"
log_level = "debug"
cgroup_manager = "cgroupfs"
[troupe.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
[troupe.image]
insecure_registries = ["${registryHost}"]
[troupe.network]
network_dir = "${networkDir}"
plugin_dirs = ["${pluginDir}"]
`;

const socketIn = (runroot: string): string => join(runroot, "troupe.sock");

const monitorsOf = (runroot: string): readonly number[] =>
  processesWith((argv) => argv.includes("monitor") && argv.includes("--run-dir") && argv.includes(runroot));

/** It leaves by itself when no daemon and no container needs it. */
const leaveWithinMs = 15_000;

export interface Troupe {
  readonly name: string;
  /** What runs it, to which a command is added. */
  readonly program: readonly [string, ...string[]];
  readonly runroot: string;
  readonly root: string;
  /** For its settings and its log; default: by its name. */
  readonly dir?: string;
}

/** A Troupe that has its directories for itself. */
export const troupePeer = ({ name, program, runroot, root, dir = join(place, name) }: Troupe): Peer => ({
  name,
  start: async () => {
    const socket = socketIn(runroot);
    const monitors = (): readonly number[] => monitorsOf(runroot);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "troupe.toml"), settingsOf(runroot, root));
    const log = join(dir, "log");
    const options = ["--config", join(dir, "troupe.toml"), "--log-format", "json"];
    const service = startService([...program, "serve", ...options], log);
    const client = await whenReady(socket, service.over);
    const { runtime_version: version } = await client.call("Version", {});
    const crun = execFileSync("/usr/bin/crun", ["--version"], { encoding: "utf8" }).split("\n")[0];
    return {
      name,
      log,
      socket,
      client,
      crash: service.crash,
      restart: service.restart,
      versions: `troupe ${version}, Node ${process.version}; ${crun}`,
      processes: () => ({ daemon: [service.pid], monitor: monitors() }),
      stop: async () => {
        client.close();
        await service.stop();
        const until = performance.now() + leaveWithinMs;
        while (monitors().length > 0) {
          if (performance.now() > until) throw new Error(`the monitor is still there after ${leaveWithinMs / 1000} s`);
          await pause(20);
        }
      },
    };
  },
});

export const peer: Peer = troupePeer({
  name: ourName,
  program: [troupe],
  runroot: "/run/troupe",
  root: "/var/lib/troupe",
});
