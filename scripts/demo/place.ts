/** Where the demo keeps its things, inside of its test node: all below /run, which goes with the node. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bridgeConflist } from "../../spec/support/bridge-conflist.ts";

export const troupe = fileURLToPath(new URL("../../bin/troupe", import.meta.url));

export const place = "/run/demo";
/** TMPDIR: what a program forgets there is seen by the census, and goes with the node. */
export const temporary = `${place}/tmp`;
export const logs = `${place}/logs`;
export const socket = "/run/troupe/troupe.sock";
export const registryPort = 5000;
export const image = `127.0.0.1:${registryPort}/busybox:demo`;

const conflist = bridgeConflist({ name: "demo" });

const settings = (runtime: string): string => `
[troupe]
root = "/var/lib/troupe"
runroot = "/run/troupe"

[troupe.api]
listen = "${socket}"

[troupe.runtime]
default_runtime = "${runtime}"
log_level = "debug" # the story is told from each transition
cgroup_manager = "cgroupfs"

[troupe.runtime.runtimes.${runtime}]
runtime_path = "${runtime === "runc" ? "/usr/sbin/runc" : "/usr/bin/crun"}"

[troupe.image]
insecure_registries = ["127.0.0.1:${registryPort}"]

[troupe.network]
network_dir = "/etc/cni/net.d"
plugin_dirs = ["/opt/cni/bin", "/usr/lib/cni"]
`;

/** The registry is elsewhere, as far as the node is concerned: what it holds is none of the census' business. */
export const registryFolder = "/srv/registry";

/** Writes what a node's administrator would: a CNI network, Troupe's settings. Answers the settings' file. */
export const furnish = (runtime: string): string => {
  execFileSync("mount", ["-t", "tmpfs", "registry", "/srv"]);
  for (const folder of [registryFolder, temporary]) mkdirSync(folder, { recursive: true });
  mkdirSync("/etc/cni/net.d", { recursive: true });
  writeFileSync("/etc/cni/net.d/10-demo.conflist", JSON.stringify(conflist, undefined, 2));
  const file = `${place}/troupe.toml`;
  writeFileSync(file, settings(runtime));
  return file;
};
