/** A network of two fake plugins, as most specs need it: `bridge` gives an address, `portmap` hands it on. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cniNetwork } from "../../../src/drivers/cni/cni-network.ts";
import type { Network } from "../../../src/drivers/cni/network.ts";
import { answering, echoing, fakeHost, oneAddress, sandboxId, type FakeHost } from "./fake-plugins.ts";

export const pods = {
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    { type: "bridge", mtu: 1400, vendor: { any: ["thing"] } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

export const port = { protocol: "tcp", containerPort: 80, hostPort: 8080, hostIp: "" } as const;

export const podsHost = (): FakeHost => {
  const host = fakeHost();
  host.plugin("bridge", answering(oneAddress));
  host.plugin("portmap", echoing);
  host.configure("10-pods.conflist", pods);
  return host;
};

/** As a daemon that has just been started. */
export const openNetwork = async ({ confDir, cacheDir, pluginDir }: FakeHost): Promise<Network> => {
  const searchPath = process.env["PATH"] ?? "";
  const network = cniNetwork({ confDir, cacheDir, pluginDirs: ["/nowhere", pluginDir], searchPath });
  await network.watch(() => {});
  return network;
};

export const cacheFiles = ({ cacheDir }: FakeHost): readonly string[] => readdirSync(join(cacheDir, "results"));

/** Of the sandbox `a`. */
export const cacheFile = ({ cacheDir }: FakeHost): string => join(cacheDir, "results", `pods-${sandboxId("a")}-eth0`);
