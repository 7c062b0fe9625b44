import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Network } from "../../../src/drivers/cni/network.ts";
import { cacheFile, cacheFiles, openNetwork, pods, podsHost, port } from "./fake-network.ts";
import { attachRequest, echoing, failing, oneAddress, sandboxId, type FakeHost } from "./fake-plugins.ts";

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

describe("a detach", () => {
  it("takes configuration, result and arguments of the attach, whatever the directory says now", async () => {
    await network.attach(attachRequest({ portMappings: [port] }), never);
    host.configure("10-pods.conflist", { name: "other", cniVersion: "1.0.0", plugins: [{ type: "nobody" }] });
    network.close();
    network = await openNetwork(host);
    await network.detach(sandboxId("a"), "", never);
    assert.deepEqual(host.calls().slice(2), ["DEL portmap", "DEL bridge"]);
    assert.deepEqual(host.request("portmap", "DEL"), host.request("portmap", "ADD"));
    assert.deepEqual(host.request("bridge", "DEL"), { ...host.request("bridge", "ADD"), prevResult: oneAddress });
    const args = host.environment("bridge", "DEL").filter((line) => /^CNI_(ARGS|NETNS)=/.test(line));
    assert.equal(args.includes("CNI_NETNS="), true);
    assert.match(args.join(), /K8S_POD_NAME=web-0/);
    assert.deepEqual(cacheFiles(host), []);
  });

  it("gives no result to plugins of a version that does not know it there", async () => {
    host.configure("10-pods.conflist", { ...pods, cniVersion: "0.3.1" });
    network.close();
    network = await openNetwork(host);
    await network.attach(attachRequest(), never);
    await network.detach(sandboxId("a"), "", never);
    assert.equal(host.request("bridge", "DEL")["cniVersion"], "0.3.1");
    assert.equal("prevResult" in host.request("bridge", "DEL"), false);
  });

  it("that fails stops there, and can be repeated", async () => {
    await network.attach(attachRequest(), never);
    host.plugin("portmap", failing("DEL", 999, "iptables is stuck"));
    await assert.rejects(network.detach(sandboxId("a"), "", never), {
      message: /"portmap" failed in DEL: iptables is stuck/,
    });
    assert.deepEqual(host.calls().slice(2), ["DEL portmap"]);
    assert.equal(cacheFiles(host).length, 1);
    host.plugin("portmap", echoing);
    await network.detach(sandboxId("a"), "", never);
    assert.deepEqual(host.calls().slice(3), ["DEL portmap", "DEL bridge"]);
    assert.deepEqual(cacheFiles(host), []);
  });

  it("is done for a plugin that knows no such container", async () => {
    await network.attach(attachRequest(), never);
    host.plugin("portmap", failing("DEL", 3, "unknown container"));
    await network.detach(sandboxId("a"), "", never);
    assert.deepEqual(host.calls().slice(2), ["DEL portmap", "DEL bridge"]);
  });

  for (const [what, content] of [
    ["an empty", ""],
    ["a broken", '{"kind":"cniCacheV1","conf'],
  ] as const)
    it(`with ${what} cache file goes by the network of today`, async () => {
      await network.attach(attachRequest(), never);
      writeFileSync(cacheFile(host), content);
      assert.equal(await network.cached(sandboxId("a")), undefined);
      await network.detach(sandboxId("a"), "/run/netns/some", never);
      assert.deepEqual(host.calls().slice(2), ["DEL portmap", "DEL bridge"]);
      assert.ok(host.environment("bridge", "DEL").includes("CNI_NETNS=/run/netns/some"));
      assert.deepEqual(cacheFiles(host), []);
    });

  it("without any file asks the plugins all the same: someone may have emptied the cache", async () => {
    await network.detach(sandboxId("b"), "", never);
    assert.deepEqual(host.calls(), ["DEL portmap", "DEL bridge"]);
  });

  it("takes away what a daemon left that died while it noted something down", async () => {
    await network.attach(attachRequest(), never);
    writeFileSync(`${cacheFile(host)}.new`, "{ half");
    await network.detach(sandboxId("a"), "", never);
    assert.deepEqual(cacheFiles(host), []);
  });

  it("leaves alone what a delegating plugin has noted down for the same sandbox", async () => {
    await network.attach(attachRequest(), never);
    const others = join(host.cacheDir, "results", `delegate-${sandboxId("a")}-eth0`);
    writeFileSync(others, JSON.stringify({ kind: "cniCacheV1", config: "", networkName: "delegate" }));
    await network.detach(sandboxId("a"), "", never);
    assert.deepEqual(cacheFiles(host), [`delegate-${sandboxId("a")}-eth0`]);
  });

  it("names the plugin that has been uninstalled", async () => {
    await network.attach(attachRequest(), never);
    rmSync(join(host.pluginDir, "bridge"));
    await assert.rejects(network.detach(sandboxId("a"), "", never), {
      code: "Unavailable",
      message: `CNI plugin "bridge" is in none of /nowhere, ${host.pluginDir}`,
    });
  });
});
