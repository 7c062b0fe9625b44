import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { networkInForce, type NetworkInForce } from "../../../src/drivers/cni/network-in-force.ts";
import type { ChoiceOptions } from "../../../src/drivers/cni/network-choice.ts";
import type { NetworkReadiness } from "../../../src/drivers/cni/network.ts";
import { answering, failing, fakeHost, type FakeHost } from "./fake-plugins.ts";
import { eventually } from "../../support/eventually.ts";

const conflist = (name: string, ...types: readonly string[]): Record<string, unknown> => ({
  name,
  cniVersion: "1.0.0",
  plugins: types.map((type) => ({ type })),
});

/** What `watch` tells, one after the other, as it comes. */
const listener = (): {
  readonly hear: (readiness: NetworkReadiness) => void;
  readonly next: () => Promise<NetworkReadiness>;
} => {
  const heard: NetworkReadiness[] = [];
  let arrived = Promise.withResolvers<void>();
  return {
    hear: (readiness) => {
      heard.push(readiness);
      arrived.resolve();
    },
    next: async () => {
      while (heard.length === 0) await arrived.promise;
      const [first] = heard.splice(0, 1);
      arrived = Promise.withResolvers();
      if (heard.length > 0) arrived.resolve();
      assert.ok(first);
      return first;
    },
  };
};

/** Timers that run when the spec says so. */
const handTimers = (): ChoiceOptions["timers"] & { readonly fire: (ms: number) => void } => {
  const pending = new Map<unknown, { work: () => void; ms: number }>();
  let last = 0;
  return {
    setTimeout: (work, ms) => {
      pending.set(++last, { work, ms });
      return last;
    },
    clearTimeout: (timer) => void pending.delete(timer),
    fire: (wanted) => {
      for (const [timer, { work, ms }] of pending.entries().toArray())
        if (ms === wanted) {
          pending.delete(timer);
          work();
        }
    },
  };
};

/** Why a network is not ready. */
const reasonOf = (readiness: NetworkReadiness): string => {
  assert.ok(!readiness.ready);
  return readiness.reason;
};

let host: FakeHost;
let network: NetworkInForce | undefined;
beforeEach(() => {
  host = fakeHost();
  for (const name of ["bridge", "portmap"]) host.plugin(name, answering({}));
});
afterEach(() => {
  network?.close();
  host.remove();
});

const open = (more: Partial<ChoiceOptions> = {}): NetworkInForce => {
  const { confDir, pluginDir } = host;
  const searchPath = process.env["PATH"] ?? "";
  return (network = networkInForce({ confDir, pluginDirs: [pluginDir], searchPath, timers: globalThis, ...more }));
};

describe("the choice of a network", () => {
  it("is the first usable file in bytewise order", async () => {
    host.configure("20-b.conflist", conflist("second", "bridge"));
    host.configure("10-a.conf", { name: "first", cniVersion: "0.4.0", type: "bridge" });
    host.configure("00-readme.txt", "not a network");
    assert.deepEqual(await open().reload(), { ready: true, name: "first" });
  });

  it("passes over files that cannot be used, and names each of them with its reason", async () => {
    host.configure("10-half.conflist", '{"name":');
    host.configure("20-lost.conflist", conflist("lost", "bridge", "cilium"));
    host.configure("30-list-in-a.conf", conflist("list", "bridge"));
    host.configure("40-empty.conflist", conflist("empty"));
    const reason = reasonOf(await open().reload());
    assert.match(reason, /^no usable CNI configuration in .*: 10-half.conflist: .*JSON/);
    assert.ok(reason.includes(`20-lost.conflist: CNI plugin "cilium" is in none of ${host.pluginDir}; `));
    assert.match(reason, /30-list-in-a.conf: plugin .* has no "type" that names a program/);
    assert.match(reason, /40-empty.conflist: network "empty" has no plugins/);
    host.configure("50-good.conflist", conflist("good", "bridge"));
    assert.deepEqual(await network?.reload(), { ready: true, name: "good" });
  });

  it("passes over a network whose version a plugin does not speak", async () => {
    writeFileSync(join(host.pluginDir, "old"), `#!/bin/sh\necho '{"supportedVersions":["0.3.1","0.4.0"]}'`, {
      mode: 0o755,
    });
    host.configure("10-new.conflist", conflist("new", "old"));
    const reason = reasonOf(await open().reload());
    assert.match(reason, /CNI plugin "old" does not speak version 1.0.0, only 0.3.1, 0.4.0/);
  });

  it("without any file asks for the network provider", async () => {
    const reason = `no CNI configuration file in ${host.confDir}: has your network provider been started?`;
    assert.deepEqual(await open().reload(), { ready: false, reason });
    rmSync(host.confDir, { recursive: true });
    assert.deepEqual(await network?.reload(), { ready: false, reason });
  });

  it("is the one named in the settings, and no other", async () => {
    host.configure("10-a.conflist", conflist("first", "bridge"));
    const reason = `no CNI network "second" in ${host.confDir}`;
    assert.deepEqual(await open({ defaultNetwork: "second" }).reload(), { ready: false, reason });
    host.configure("20-b.conflist", conflist("second", "bridge"));
    assert.deepEqual(await network?.reload(), { ready: true, name: "second" });
  });

  it("takes in the plugins of the network's own directory, unless it says otherwise", async () => {
    mkdirSync(join(host.confDir, "pods"));
    host.configure("pods/20-second.conf", { type: "portmap" });
    host.configure("pods/10-first.conf", { type: "bridge" });
    host.configure("pods/30-other.json", { type: "nobody" });
    host.configure("10-a.conflist", { name: "pods", cniVersion: "1.1.0" });
    assert.deepEqual(await open().reload(), { ready: true, name: "pods" });
    assert.deepEqual(network?.current()?.plugins, [{ type: "bridge" }, { type: "portmap" }]);
    host.configure("10-a.conflist", { ...conflist("pods", "bridge"), loadOnlyInlinedPlugins: "true" });
    await network?.reload();
    assert.deepEqual(network?.current()?.plugins, [{ type: "bridge" }]);
  });

  it("keeps the network in force while its file is being written", async () => {
    host.configure("10-a.conflist", conflist("first", "bridge"));
    host.configure("20-b.conflist", conflist("second", "bridge"));
    await open().reload();
    host.configure("10-a.conflist", "");
    assert.deepEqual(await network?.reload(), { ready: true, name: "first" });
    unlinkSync(join(host.confDir, "10-a.conflist"));
    assert.deepEqual(await network?.reload(), { ready: true, name: "second" });
  });
});

describe("a watched directory", { timeout: 20_000 }, () => {
  it("tells when its first network comes, changes and goes", async () => {
    const { hear, next } = listener();
    await open().watch(hear);
    assert.equal((await next()).ready, false);
    host.configure("10-a.conflist", conflist("first", "bridge"));
    assert.deepEqual(await next(), { ready: true, name: "first" });
    writeFileSync(join(host.root, "new"), JSON.stringify(conflist("renamed", "bridge")));
    renameSync(join(host.root, "new"), join(host.confDir, "10-a.conflist"));
    assert.deepEqual(await next(), { ready: true, name: "renamed" });
    unlinkSync(join(host.confDir, "10-a.conflist"));
    assert.equal((await next()).ready, false);
  });

  it("may come later, go and come again", async () => {
    rmSync(host.confDir, { recursive: true });
    const { hear, next } = listener();
    await open({ confDir: join(host.root, "etc/cni/net.d") }).watch(hear);
    assert.equal((await next()).ready, false);
    for (const name of ["first", "second"]) {
      mkdirSync(join(host.root, "etc/cni/net.d"), { recursive: true });
      writeFileSync(join(host.root, "etc/cni/net.d/10-a.conflist"), JSON.stringify(conflist(name, "bridge")));
      assert.deepEqual(await next(), { ready: true, name });
      rmSync(join(host.root, "etc"), { recursive: true });
      assert.equal((await next()).ready, false);
    }
  });

  it("becomes ready when the missing plugin is installed", async () => {
    host.configure("10-a.conflist", conflist("late", "ptp"));
    const { hear, next } = listener();
    await open().watch(hear);
    assert.equal((await next()).ready, false);
    host.plugin("ptp", answering({}));
    assert.deepEqual(await next(), { ready: true, name: "late" });
  });

  it("becomes ready when a plugin's own file comes", async () => {
    mkdirSync(join(host.confDir, "pods"));
    host.configure("10-a.conflist", { name: "pods", cniVersion: "1.0.0" });
    const { hear, next } = listener();
    await open().watch(hear);
    assert.equal((await next()).ready, false);
    host.configure("pods/10-first.conf", { type: "bridge" });
    assert.deepEqual(await next(), { ready: true, name: "pods" });
  });

  it("becomes ready when a plugin that did not say its version in time says it later", async () => {
    const plugin = join(host.pluginDir, "bridge");
    const quick = readFileSync(plugin, "utf8");
    const asked = join(host.pluginDir, "asked");
    writeFileSync(plugin, `#!/bin/sh\n: > ${asked}\nexec sleep 60`);
    host.configure("10-a.conflist", conflist("pods", "bridge"));
    const timers = handTimers();
    const { hear, next } = listener();
    const first = open({ timers }).watch(hear);
    await eventually("the question to the plugin", () => existsSync(asked));
    timers.fire(3000);
    await first;
    assert.match(reasonOf(await next()), /"bridge" was called off in VERSION and killed: no answer within 3000 ms/);
    writeFileSync(plugin, quick);
    timers.fire(5000); // and not the debounce: the spec's own write is not what tells of it
    assert.deepEqual(await next(), { ready: true, name: "pods" });
  });

  it("tells nothing after close", async () => {
    const { hear, next } = listener();
    await open().watch(hear);
    await next();
    network?.close();
    host.configure("10-a.conflist", conflist("first", "bridge"));
    assert.deepEqual(await network?.reload(), { ready: true, name: "first" });
    assert.equal(await Promise.race([next(), Promise.resolve("silence")]), "silence");
  });
});

describe("STATUS", () => {
  it("keeps a network from being ready, and is asked again", async () => {
    host.plugin("bridge", `[ -e ${host.root}/up ] || { ${failing("STATUS", 50, "agent is down")}; }; exit 0`);
    host.configure("10-a.conflist", { ...conflist("pods", "portmap", "bridge"), cniVersion: "1.1.0" });
    const timers = handTimers();
    const { hear, next } = listener();
    await open({ timers }).watch(hear);
    const reason = 'CNI network "pods" is not ready: CNI plugin "bridge" failed in STATUS: agent is down (code 50)';
    assert.deepEqual(await next(), { ready: false, reason });
    writeFileSync(join(host.root, "up"), "");
    timers.fire(5000);
    assert.deepEqual(await next(), { ready: true, name: "pods" });
    assert.deepEqual(host.request("bridge", "STATUS"), { type: "bridge", name: "pods", cniVersion: "1.1.0" });
  });

  it("unknown to a plugin is no objection", async () => {
    host.plugin("bridge", failing("STATUS", 4, "unknown CNI_COMMAND: STATUS"));
    host.configure("10-a.conflist", { ...conflist("pods", "bridge"), cniVersion: "1.1.0" });
    assert.deepEqual(await open().reload(), { ready: true, name: "pods" });
  });

  it("is not asked of a network that does not have it", async () => {
    host.configure("10-a.conflist", conflist("pods", "bridge"));
    assert.deepEqual(await open().reload(), { ready: true, name: "pods" });
    assert.deepEqual(host.calls(), []);
  });

  it("without an answer is given up", async () => {
    const timers = handTimers();
    host.plugin("bridge", "sleep 60");
    host.configure("10-a.conflist", { ...conflist("pods", "bridge"), cniVersion: "1.1.0" });
    const answer = open({ timers }).reload();
    const fire = setInterval(() => {
      if (host.calls().includes("STATUS bridge")) timers.fire(3000);
    }, 20);
    const reason = reasonOf(await answer);
    clearInterval(fire);
    assert.match(reason, /"bridge" was called off in STATUS and killed: no answer within 3000 ms/);
  });
});
