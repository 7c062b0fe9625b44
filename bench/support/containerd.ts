/** Debian's containerd with one OCI runtime, configured as this kind of node needs it and otherwise as it comes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networkDir, pauseImage, place, pluginDir, registryHost } from "./place.ts";
import type { Peer } from "./system.ts";
import { processesWith } from "./processes.ts";
import { whenReady } from "./readiness.ts";
import { startService } from "./service.ts";

const program = "/usr/bin/containerd";

const configuration = (dir: string, socket: string, ociRuntime: string): string => `
version = 2
root = "${dir}/root"
state = "${dir}/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Lowering a score needs CAP_SYS_RESOURCE, which a test machine may lack; RunPodSandbox would fail.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${pluginDir}"
    conf_dir = "${networkDir}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${dir}/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "default"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.default]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.default.options]
        BinaryName = "${ociRuntime}"
`;

const registry = `server = "http://${registryHost}"
[host."http://${registryHost}"]
`;

const words = (...argv: readonly [string, ...string[]]): string =>
  execFileSync(argv[0], argv.slice(1), { encoding: "utf8" }).split("\n")[0] ?? "";

/** Everything of it is in `dir`; default: by its name. */
export const containerd = (name: string, ociRuntime: string, dir = join(place, name)): Peer => ({
  name,
  start: async () => {
    const socket = join(dir, "containerd.sock");
    const log = join(dir, "log");
    const hosts = join(dir, "certs.d", registryHost);
    mkdirSync(hosts, { recursive: true });
    writeFileSync(join(hosts, "hosts.toml"), registry);
    writeFileSync(join(dir, "config.toml"), configuration(dir, socket, ociRuntime));
    const service = startService([program, "--config", join(dir, "config.toml")], log);
    const client = await whenReady(socket, service.over);
    return {
      name,
      log,
      socket,
      client,
      crash: service.crash,
      restart: service.restart,
      versions: `${words(program, "--version")}; ${words(ociRuntime, "--version")}`,
      processes: () => ({
        daemon: [service.pid],
        shims: processesWith((argv) => argv[0]?.includes("containerd-shim") === true && argv.includes(socket)),
      }),
      stop: async () => {
        client.close();
        await service.stop();
      },
    };
  },
});
