import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { cniNetwork } from "../../../src/drivers/cni/cni-network.ts";
import type { AttachRequest, Network } from "../../../src/drivers/cni/network.ts";
import { mountsUnder } from "../../../src/drivers/linux/mountinfo.ts";
import { sandboxNamespaces } from "../../../src/drivers/namespaces/pins.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { attachRequest, failing, sandboxId } from "./fake-plugins.ts";
import { networkContract } from "./network.contract.ts";

const never = new AbortController().signal;
const confDir = "/etc/cni/net.d";
const pluginDirs = ["/opt/cni/bin", "/usr/lib/cni"];
const namespaces = sandboxNamespaces({ netnsDir: "/run/netns", pinDir: "/run/troupe/ns" });

const bridge = {
  type: "bridge",
  bridge: "cni0",
  isGateway: true,
  ipMasq: true,
  ipam: { type: "host-local", ranges: [[{ subnet: "10.88.0.0/16" }]], routes: [{ dst: "0.0.0.0/0" }] },
};
const speaksAll = `[ "$CNI_COMMAND" = VERSION ] && echo '{"supportedVersions":["1.0.0"]}'; exit 0`;
const portmap = { type: "portmap", capabilities: { portMappings: true } };

const configure = (...plugins: readonly unknown[]): void => {
  writeFileSync(join(confDir, "10-pods.conflist"), JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins }));
};

const unconfigure = (): void => rmSync(join(confDir, "10-pods.conflist"));

const open = async (): Promise<Network> => {
  const network = cniNetwork({ confDir, pluginDirs, cacheDir: "/var/lib/cni" });
  await network.watch(() => {});
  return network;
};

/** The nets of the sandboxes `1`, `2` … are pinned on asking. */
const request = async (digit: string, more: Partial<AttachRequest> = {}): Promise<AttachRequest> => {
  const id = sandboxId(digit);
  const { network: netns = "" } = await namespaces.pin({ id, network: true, ipc: false, sysctls: {} });
  return attachRequest({ id, netns, ...more });
};

const run = (command: string, ...parameters: readonly string[]): readonly string[] =>
  execFileSync(command, parameters, { encoding: "utf8" }).split("\n");

/** All that carries a sandbox's name or address. The plugins' own furniture (cni0, its gateway, an empty chain) may stay. */
const leftovers = (): readonly string[] => {
  const leases = "/var/lib/cni/networks/pods";
  return [
    ...run("ip", "-o", "link").filter((line) => line.includes("veth")),
    ...run("iptables-save").filter((line) => /^-A (CNI-[0-9a-f]|CNI-DN)|10\.88\.0\.\d+\/32|dport 8080/.test(line)),
    ...(existsSync(leases) ? readdirSync(leases) : []).filter((name) => !["lock", "last_reserved_ip.0"].includes(name)),
    ...(existsSync("/var/lib/cni/results") ? readdirSync("/var/lib/cni/results") : []),
  ];
};

const unpinAll = async (): Promise<void> => {
  for (const digit of ["1", "2", "3"]) await namespaces.unpin(sandboxId(digit));
  assert.deepEqual(
    mountsUnder("/run/netns").filter(({ type }) => type === "nsfs"),
    [],
  );
};

networkContract("a bridge with real plugins", inTestNode, async () => {
  configure(bridge);
  const network = await open();
  let sandboxes = 0;
  return {
    network,
    again: open,
    request: () => request(String(++sandboxes)),
    close: async () => {
      network.close();
      assert.deepEqual(leftovers(), []);
      await unpinAll();
    },
  };
});

describe("real CNI plugins", inTestNode, () => {
  const ports = [{ protocol: "tcp", containerPort: 80, hostPort: 8080, hostIp: "" }] as const;
  let network: Network;

  beforeEach(async () => {
    configure(bridge, portmap);
    network = await open();
  });
  afterEach(async () => {
    network.close();
    unconfigure();
    assert.deepEqual(leftovers(), []);
    await unpinAll();
  });

  it("map a host port to the pod, and nothing is left of it", async () => {
    const { id, netns, ...rest } = await request("1", { portMappings: ports });
    const { ips } = await network.attach({ id, netns, ...rest }, never);
    assert.match(ips[0] ?? "", /^10\.88\.0\.\d+$/);
    assert.ok(leftovers().length > 4, "the census sees what an attached pod has");
    const greeter = `require("node:net").createServer((socket) => socket.end("hello")).listen(80, () => console.log())`;
    const server = spawn("nsenter", [`--net=${netns}`, process.execPath, "-e", greeter]);
    await once(server.stdout, "data");
    assert.equal(await text(connect(8080, "127.0.0.1")), "hello");
    server.kill();
    await once(server, "exit");
    await network.detach(id, netns, never);
  });

  it("take away the masquerading that a DEL left which was killed behind the interface", async () => {
    const { id, netns, ...rest } = await request("1", {});
    await network.attach({ id, netns, ...rest }, never);
    execFileSync("nsenter", [`--net=${netns}`, "ip", "link", "delete", "eth0"]); // as far as the killed DEL came
    await network.settle(id, 1000);
    await network.detach(id, netns, never);
    assert.deepEqual(leftovers(), []);
  });

  it("clean up after a reboot, by the cache alone", async () => {
    const { id, ...rest } = await request("1");
    await network.attach({ id, ...rest }, never);
    network.close();
    await namespaces.unpin(id);
    network = await open();
    await network.detach(id, "", never);
    // A reboot takes the firewall's rules with it; the bridge plugin does not delete those of a netns that is gone.
    execFileSync("iptables", ["-t", "nat", "-F"]);
  });

  it("of which the second fails leave nothing of the first", async () => {
    const grumpy = join("/opt/cni/bin", "grumpy");
    writeFileSync(grumpy, `#!/bin/sh\n${failing("ADD", 999, "not today")}\n${speaksAll}`, { mode: 0o755 });
    configure(bridge, { type: "grumpy" });
    network.close();
    network = await open();
    const wanted = await request("1");
    await assert.rejects(network.attach(wanted, never), { code: "Failed", plugin: "grumpy" });
    await network.detach(wanted.id, wanted.netns, never);
    rmSync(grumpy);
  });

  it("attach many at once", async () => {
    const wanted = await Promise.all(["1", "2", "3"].map((digit) => request(digit)));
    const attached = await Promise.all(wanted.map((one) => network.attach(one, never)));
    assert.equal(new Set(attached.map(({ ips }) => ips[0])).size, 3);
    await Promise.all(wanted.map(({ id, netns }) => network.detach(id, netns, never)));
  });
});

/** What recovery does about it. */
const clean = async (wanted: AttachRequest, boundMs: number): Promise<void> => {
  const network = await open();
  await network.settle(wanted.id, boundMs);
  assert.equal(await network.cached(wanted.id), undefined);
  await network.detach(wanted.id, wanted.netns, never);
  network.close();
  assert.deepEqual(leftovers(), []);
};

describe("an ADD whose daemon was killed", inTestNode, () => {
  const marks = "/run/troupe-marks";
  /** The real bridge plugin, that first says it is there and then takes its time. */
  const slowBridge = (pause: string): void => {
    const script = `#!/bin/sh\n[ "$CNI_COMMAND" = ADD ] && { : > ${marks}/begun; ${pause}; }\nexec /usr/lib/cni/bridge\n`;
    writeFileSync("/opt/cni/bin/slow-bridge", script, { mode: 0o755 });
  };

  /** Attaches in a daemon of its own, which is killed in the middle of the first ADD. */
  const attachAndDie = async (wanted: AttachRequest): Promise<void> => {
    const program = `
      import { cniNetwork } from "${new URL("../../../src/drivers/cni/cni-network.ts", import.meta.url).pathname}";
      const network = cniNetwork(${JSON.stringify({ confDir, pluginDirs, cacheDir: "/var/lib/cni" })});
      await network.watch(() => {});
      await network.attach(${JSON.stringify(wanted)}, new AbortController().signal);`;
    const watcher = watch(marks);
    const begun = once(watcher, "change");
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await begun;
    watcher.close();
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
  };

  beforeEach(() => {
    mkdirSync(marks);
    configure({ ...bridge, type: "slow-bridge" });
  });
  afterEach(async () => {
    rmSync(marks, { recursive: true });
    rmSync("/opt/cni/bin/slow-bridge");
    unconfigure();
    await unpinAll();
  });

  it("is let end, and its DEL leaves nothing", async () => {
    slowBridge("sleep 0.3");
    const wanted = await request("1");
    await attachAndDie(wanted);
    await clean(wanted, 20_000);
  });

  it("is killed when its time is up, and its DEL leaves nothing", async () => {
    slowBridge("sleep 60");
    const wanted = await request("2");
    await attachAndDie(wanted);
    await clean(wanted, 50);
    assert.equal(processesFor(wanted.id), 0);
  });
});

const processesFor = (id: SandboxId): number =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(id);
    } catch {
      return false;
    }
  }).length;
