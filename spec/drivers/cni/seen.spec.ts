import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { attachmentCache } from "../../../src/drivers/cni/attachment-cache.ts";
import { seeNetworks } from "../../../src/drivers/cni/seen.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";

const ids = ["a", "b", "c", "d", "e"].map((digit) => digit.repeat(64) as SandboxId);
const [own, foreign, torn, half, lost] = ids as [SandboxId, SandboxId, SandboxId, SandboxId, SandboxId];
const conflist = {
  name: "net",
  cniVersion: "1.0.0",
  plugins: [{ type: "bridge", bridge: "br7" }],
  onlyInlined: true,
};
const result = {
  interfaces: [{ name: "br7" }, { name: "lo" }, { name: "veth-none" }, { name: "eth0", sandbox: "/run/netns/x" }],
  ips: [],
};

describe("what is seen of networks", () => {
  const cacheDir = mkdtempSync(join(tmpdir(), "troupe-cni-"));
  after(() => rmSync(cacheDir, { recursive: true }));
  const results = join(cacheDir, "results");
  const ofIds = () =>
    seeNetworks({ cacheDir })
      .filter(({ id }) => ids.some((one) => one === id))
      .map(({ part, what, id }) => [part, what.replace(cacheDir, ""), id?.slice(0, 1)]);

  it("is nothing where no plugin ever was", () => {
    assert.deepEqual(ofIds(), []);
  });

  it("is our notes with the interfaces that are the pod's alone, and no other runtime's", async () => {
    await attachmentCache(cacheDir, "eth0").write({
      id: own,
      conflist,
      netns: "",
      cniArgs: [],
      capabilityArgs: {},
      result,
    });
    writeFileSync(join(results, `net-${foreign}-eth0`), '{"kind":"cniCacheV1"}');
    writeFileSync(join(results, `net-${torn}-eth0`), "");
    writeFileSync(join(results, `net-${half}-eth0.new`), "");
    assert.deepEqual(ofIds(), [
      ["attachment", `/results/net-${own}-eth0`, "a"],
      ["interface", "lo", "a"],
      ["lostInterface", "veth-none", "a"],
      ["unreadableNote", `/results/net-${torn}-eth0`, "c"],
      ["attachment", `/results/net-${half}-eth0.new`, "d"],
    ]);
  });

  it("is addresses of which nobody has a note", () => {
    const network = join(cacheDir, "networks/net");
    mkdirSync(network, { recursive: true });
    for (const [name, id] of Object.entries({
      "10.1.0.2": own,
      "10.1.0.3": foreign,
      "10.1.0.4": lost,
      "fd00::4": lost,
    }))
      writeFileSync(join(network, name), `${id}\r\neth0`);
    writeFileSync(join(network, "last_reserved_ip.0"), lost);
    writeFileSync(join(network, "lock"), "");
    assert.deepEqual(
      ofIds().filter(([part]) => part === "lease"),
      [
        ["lease", "/networks/net/10.1.0.4", "e"],
        ["lease", "/networks/net/fd00::4", "e"],
      ],
    );
  });

  it("is plugins at work, by what they were told", async () => {
    const plugin = spawn("sleep", ["60"], { env: { PATH: process.env["PATH"], CNI_CONTAINERID: lost } });
    try {
      await once(plugin, "spawn");
      const plugins = ofIds().filter(([part]) => part === "plugin");
      assert.deepEqual(plugins, [["plugin", `pid ${plugin.pid} (sleep)`, "e"]]);
    } finally {
      plugin.kill("SIGKILL");
      await once(plugin, "exit");
    }
  });
});
