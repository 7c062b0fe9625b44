/** The census is what every other proof of cleanliness leans on: it must see what is left, and only that. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { compare, takeCensus, tell } from "../../scripts/census/census.ts";
import { inTestNode } from "../support/in-test-node.ts";

const run = (...command: string[]): void => {
  const [program = "", ...args] = command;
  execFileSync(program, args, { stdio: "pipe" });
};

/** One thing of each kind: how it comes, how it goes, and the words by which the census names it. */
const things: readonly { kind: string; come: () => void; go: () => void; named: RegExp }[] = [
  {
    kind: "a mount",
    come: () => run("mount", "-t", "tmpfs", "left", "/opt/cni/bin"),
    go: () => run("umount", "/opt/cni/bin"),
    named: /mounts: \/opt\/cni\/bin \(tmpfs, left\)/,
  },
  {
    kind: "a pinned network namespace",
    come: () => run("ip", "netns", "add", "left"),
    go: () => {
      run("ip", "netns", "delete", "left");
      run("umount", "/run/netns");
    },
    named: /namespaces: net:\[\d+\], kept at \/run\/netns\/left/,
  },
  {
    kind: "a cgroup",
    come: () => mkdirSync("/sys/fs/cgroup/left"),
    go: () => rmdirSync("/sys/fs/cgroup/left"),
    named: /cgroups: \/sys\/fs\/cgroup\/left/,
  },
  {
    kind: "an interface",
    come: () => run("ip", "link", "add", "left0", "type", "bridge"),
    go: () => run("ip", "link", "delete", "left0"),
    named: /interfaces: left0/,
  },
  {
    kind: "a rule of iptables",
    come: () => run("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", "10.9.9.9", "-j", "ACCEPT"),
    go: () => run("iptables", "-t", "nat", "-F", "POSTROUTING"),
    named: /firewall rules: nat -A POSTROUTING -s 10\.9\.9\.9\/32 -j ACCEPT/,
  },
  {
    kind: "a pod's chain of the bridge plugin",
    come: () => run("iptables", "-t", "nat", "-N", "CNI-0123456789abcdef01234567"),
    go: () => run("iptables", "-t", "nat", "-X", "CNI-0123456789abcdef01234567"),
    named: /firewall rules: nat chain CNI-0123456789abcdef01234567/,
  },
  {
    kind: "a table of nft",
    come: () => run("nft", "add", "table", "inet", "left"),
    go: () => run("nft", "delete", "table", "inet", "left"),
    named: /firewall rules: nft inet left/,
  },
  {
    kind: "a file",
    come: () => writeFileSync("/run/left", ""),
    go: () => rmSync("/run/left"),
    named: /files: \/run\/left \(f\)/,
  },
];

describe("a census", inTestNode, () => {
  for (const { kind, come, go, named } of things) {
    it(`names ${kind} that is left, and nothing once it is gone`, () => {
      const before = takeCensus();
      come();
      try {
        const { left } = compare(before, takeCensus());
        assert.match(tell(left), named);
      } finally {
        go();
      }
      assert.equal(tell(compare(before, takeCensus()).left).split("\n").length, 1);
    });
  }

  it("names a process that is left", async () => {
    const before = takeCensus();
    const child = spawn("sleep", ["1000"]);
    assert.match(tell(compare(before, takeCensus()).left), /processes: pid \d+ \(S\w*\) sleep 1000/);
    child.kill();
    await new Promise((resolve) => child.once("close", resolve));
    assert.deepEqual(compare(before, takeCensus()).left, []);
  });

  it("lists apart what the CNI plugins keep for good, unless it carries an id", () => {
    const before = takeCensus();
    after(() => run("ip", "link", "delete", "cni0"));
    after(() => rmSync("/var/lib/cni/networks", { recursive: true }));
    run("ip", "link", "add", "cni0", "type", "bridge");
    mkdirSync("/var/lib/cni/networks/demo", { recursive: true });
    for (const name of ["lock", "last_reserved_ip.0", "10.88.0.2"])
      writeFileSync(`/var/lib/cni/networks/demo/${name}`, "");
    const { left, kept } = compare(before, takeCensus());
    assert.deepEqual(
      left.map(({ key }) => key),
      ["/var/lib/cni/networks/demo/10.88.0.2"],
    );
    assert.ok(kept.some(({ key }) => key === "cni0"));
    assert.ok(compare(before, takeCensus(), { marks: ["demo/lock"] }).left.some(({ key }) => key.endsWith("/lock")));
  });
});
