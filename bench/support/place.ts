/** The test node's furniture, the same for every system: registry, images, CNI network. All of it goes with the node. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bridgeConflist } from "../../spec/support/bridge-conflist.ts";
import { busyboxImage, testImage } from "../../spec/support/busybox-image.ts";
import { pushImage, startRegistry } from "../../spec/support/registry.ts";
import { tar } from "../../spec/support/tar.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
export const troupe = join(repository, "bin", "troupe");

/** A memory filesystem, outside of what the census looks at: state and images of all systems are on it. */
export const place = "/srv/bench";
export const logs = join(place, "logs");
export const networkDir = "/etc/cni/net.d";
export const pluginDir = "/usr/lib/cni";

const registryPort = 5000;
export const registryHost = `127.0.0.1:${registryPort}`;
export const image = `${registryHost}/busybox:bench`;
/** What a peer keeps a pod's namespaces with: the smallest static program at hand, asleep. */
export const pauseImage = `${registryHost}/pause:bench`;

const conflist = bridgeConflist({ name: "bench" });

const pause = () =>
  testImage([tar([{ name: "busybox", mode: 0o755, content: readFileSync("/usr/bin/busybox") }])], {
    Entrypoint: ["/busybox", "sleep", "2147483647"],
  });

/**
 * Troupe gets a Node of its own, a copy that only this mount namespace sees: memory is counted in proportion to who shares
 * it, and neither this driver nor another program on this machine may carry part of Troupe's.
 */
const ownNode = (): void => {
  const node = join(repository, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  const copy = join(place, "node");
  copyFileSync(node, copy);
  execFileSync("mount", ["--bind", copy, node]);
};

/** Resolves when the registry serves both images. */
export const furnish = async (): Promise<void> => {
  execFileSync("mount", ["-t", "tmpfs", "bench", "/srv"]);
  mkdirSync(logs, { recursive: true });
  ownNode();
  mkdirSync(networkDir, { recursive: true });
  writeFileSync(join(networkDir, "10-bench.conflist"), JSON.stringify(conflist, undefined, 2));
  await startRegistry({ port: registryPort, dir: join(place, "registry") });
  await pushImage(registryHost, "busybox", "bench", busyboxImage());
  await pushImage(registryHost, "pause", "bench", pause());
};
