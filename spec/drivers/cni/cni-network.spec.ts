import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { cniNetwork } from "../../../src/drivers/cni/cni-network.ts";
import { asString, parseObject } from "../../../src/drivers/cni/json.ts";
import type { Network } from "../../../src/drivers/cni/network.ts";
import { Overdue } from "../../../src/errors.ts";
import { cacheFile, cacheFiles, openNetwork, pods, podsHost, port } from "./fake-network.ts";
import { answering, attachRequest, failing, fakeHost, oneAddress, sandboxId, type FakeHost } from "./fake-plugins.ts";
import { networkContract } from "./network.contract.ts";

const never = new AbortController().signal;

let host: FakeHost;
let network: Network;

beforeEach(async () => {
  host = podsHost();
  network = await openNetwork(host);
});
afterEach(() => {
  network.close();
  host.remove();
});

describe("an attach", () => {
  it("adds by each plugin in order, the result of one being handed to the next", async () => {
    const attached = await network.attach(attachRequest({ portMappings: [port] }), never);
    assert.deepEqual(attached, { ips: ["10.88.0.5"], networkName: "pods" });
    assert.deepEqual(host.calls(), ["ADD bridge", "ADD portmap"]);
    assert.deepEqual(host.request("bridge", "ADD"), { ...pods.plugins[0], name: "pods", cniVersion: "1.0.0" });
    assert.deepEqual(host.request("portmap", "ADD"), {
      ...pods.plugins[1],
      name: "pods",
      cniVersion: "1.0.0",
      runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }] },
      prevResult: oneAddress,
    });
  });

  it("tells the plugins what CNI says they are told", async () => {
    await network.attach(attachRequest(), never);
    const environment = host.environment("bridge", "ADD");
    for (const line of [
      "CNI_COMMAND=ADD",
      `CNI_CONTAINERID=${sandboxId("a")}`,
      "CNI_NETNS=/run/netns/some",
      "CNI_IFNAME=eth0",
      `CNI_PATH=/nowhere:${host.pluginDir}`,
      `PATH=${process.env["PATH"]}`,
    ])
      assert.ok(environment.includes(line), line);
  });

  it("is noted down in libcni's own format, for nobody else to read", async () => {
    await network.attach(attachRequest({ portMappings: [port] }), never);
    assert.deepEqual(cacheFiles(host), [`pods-${sandboxId("a")}-eth0`]);
    assert.equal(statSync(cacheFile(host)).mode & 0o777, 0o600);
    const { config, ...rest } = parseObject(readFileSync(cacheFile(host), "utf8"));
    assert.deepEqual(JSON.parse(Buffer.from(asString(config), "base64").toString()), {
      ...pods,
      loadOnlyInlinedPlugins: true,
    });
    assert.deepEqual(rest, {
      kind: "cniCacheV1",
      containerId: sandboxId("a"),
      ifName: "eth0",
      networkName: "pods",
      netns: "/run/netns/some",
      cniArgs: [
        ["IgnoreUnknown", "1"],
        ["K8S_POD_NAMESPACE", "default"],
        ["K8S_POD_NAME", "web-0"],
        ["K8S_POD_INFRA_CONTAINER_ID", sandboxId("a")],
        ["K8S_POD_UID", "0b8f"],
      ],
      capabilityArgs: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }] },
      result: oneAddress,
      writer: "troupe",
    });
  });

  it("is remembered by the next daemon", async () => {
    const attached = await network.attach(attachRequest(), never);
    network.close();
    network = await openNetwork(host);
    assert.deepEqual(await network.cached(sandboxId("a")), attached);
  });

  it("that fails names the plugin, and is no attachment, yet owes its DELs", async () => {
    host.plugin("portmap", failing("ADD", 11, "the table is locked"));
    await assert.rejects(network.attach(attachRequest(), never), {
      code: "Unavailable",
      message: 'CNI plugin "portmap" failed in ADD: the table is locked (code 11)',
    });
    assert.equal(await network.cached(sandboxId("a")), undefined);
    await network.detach(sandboxId("a"), "/run/netns/some", never);
    assert.deepEqual(host.calls(), ["ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge"]);
    assert.equal(host.request("bridge", "DEL")["prevResult"], undefined);
    assert.deepEqual(cacheFiles(host), []);
  });

  it("that gets no address has failed", async () => {
    host.plugin("bridge", answering({ cniVersion: "1.0.0", ips: [] }));
    await assert.rejects(network.attach(attachRequest(), never), {
      code: "Failed",
      message: 'CNI network "pods" gave sandbox aaaaaaaaaaaa no address',
    });
    assert.equal(await network.cached(sandboxId("a")), undefined);
  });

  it("that gets garbage quotes a piece of it", async () => {
    host.plugin("bridge", "echo 'Segmentation fault'; exit 0");
    await assert.rejects(network.attach(attachRequest(), never), {
      message: 'CNI plugin "bridge" answered "Segmentation fault" to ADD, which is no JSON object',
    });
    host.plugin("bridge", "exit 0");
    await assert.rejects(network.attach(attachRequest(), never), { message: /answered nothing to ADD/ });
  });

  it("that hangs ends when its caller stops waiting", async () => {
    host.plugin("bridge", "kill -TERM $PPID; sleep 60");
    const controller = new AbortController();
    process.once("SIGTERM", () => controller.abort(new Overdue("RunPodSandbox has 1 s left")));
    await assert.rejects(network.attach(attachRequest(), controller.signal), {
      code: "Overdue",
      message: 'CNI plugin "bridge" was called off in ADD and killed: RunPodSandbox has 1 s left',
    });
    assert.deepEqual(host.calls(), ["ADD bridge"]);
  });

  it("without a network says why, after having looked once more", async () => {
    rmSync(join(host.confDir, "10-pods.conflist"));
    network.close();
    network = await openNetwork(host);
    await assert.rejects(network.attach(attachRequest(), never), {
      code: "Unavailable",
      message: `no pod network: no CNI configuration file in ${host.confDir}: has your network provider been started?`,
    });
    network.close(); // nothing tells of changes any more
    host.configure("10-pods.conflist", pods);
    assert.equal((await network.attach(attachRequest(), never)).networkName, "pods");
  });
});

networkContract("a network of fake plugins", {}, async () => {
  const own = fakeHost();
  own.plugin(
    "bridge",
    `address=$(($$ / 256 % 256)).$(($$ % 256))
[ "$CNI_COMMAND" = ADD ] && echo "{\\"cniVersion\\":\\"1.0.0\\",\\"ips\\":[{\\"address\\":\\"10.88.0.$address/16\\"}]}"; exit 0`,
  );
  own.configure("10-pods.conflist", { ...pods, plugins: [{ type: "bridge" }] });
  const again = async (): Promise<Network> => {
    const made = cniNetwork({ ...own, pluginDirs: [own.pluginDir], searchPath: process.env["PATH"] ?? "" });
    await made.watch(() => {});
    return made;
  };
  const made = await again();
  let sandboxes = 0;
  return {
    network: made,
    again,
    request: async () => attachRequest({ id: sandboxId(String(++sandboxes)) }),
    close: async () => {
      made.close();
      own.remove();
    },
  };
});
