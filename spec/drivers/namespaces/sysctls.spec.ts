import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inHostIds, planSysctls, withDefaults } from "../../../src/drivers/namespaces/sysctls.ts";

const plan = (name: string): readonly unknown[] =>
  planSysctls({ [name]: "1" }, ["net", "ipc"]).map(({ path, namespace }) => [path, namespace]);

describe("a pod's sysctls", () => {
  for (const [name, path, namespace] of [
    ["net.ipv4.ip_forward", "net/ipv4/ip_forward", "net"],
    ["net/ipv4/ip_forward", "net/ipv4/ip_forward", "net"],
    ["net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", "net"],
    ["net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding", "net"],
    ["kernel.shm_rmid_forced", "kernel/shm_rmid_forced", "ipc"],
    ["kernel.shmmax", "kernel/shmmax", "ipc"],
    ["kernel.msgmnb", "kernel/msgmnb", "ipc"],
    ["kernel.sem", "kernel/sem", "ipc"],
    ["fs.mqueue.msg_max", "fs/mqueue/msg_max", "ipc"],
  ] as const)
    it(`${name} belongs to its ${namespace} namespace`, () => {
      assert.deepEqual(plan(name), [[`/proc/sys/${path}`, namespace]]);
    });

  for (const name of [
    "vm.swappiness",
    "kernel.panic",
    "kernel.hostname",
    "kernel.shmfoo",
    "fs.file-max",
    "net",
    "net..ipv4",
    "net/../kernel/panic",
    "net.//.kernel",
    "",
    "net.ipv4.a\nb",
  ])
    it(`${JSON.stringify(name)} is none of them, and named`, () => {
      assert.throws(
        () => plan(name),
        ({ code, message }: Error & { code: string }) => {
          return code === "Invalid" && message.includes(`sysctl ${JSON.stringify(name)}`);
        },
      );
    });

  it("name the pod's own groups where it has users of its own, as far as it has them", () => {
    const ids = [{ containerId: 0, hostId: 100_000, length: 1000 }];
    const seen = (name: string, value: string): string | undefined =>
      planSysctls({ [name]: value }, ["net"]).map((one) => inHostIds(one, { uids: ids, gids: ids }))[0]?.value;
    assert.equal(seen("net.ipv4.ping_group_range", "5 10"), "100005 100010");
    assert.equal(seen("net/ipv4/ping_group_range", "0 2147483647"), "100000 100999");
    assert.equal(seen("net.ipv4.ping_group_range", "2000 3000"), "2000 3000"); // which the kernel judges
    assert.equal(seen("net.ipv4.ip_local_port_range", "5 10"), "5 10");
  });

  it("need the namespace that they belong to", () => {
    assert.throws(() => planSysctls({ "net.ipv4.ip_forward": "1" }, ["ipc", "uts"]), {
      code: "Invalid",
      message: 'sysctl "net.ipv4.ip_forward" cannot be set in this pod: it uses the host\'s network namespace',
    });
    assert.throws(() => planSysctls({ "kernel.sem": "1" }, ["net"]), { message: /the host's IPC namespace/ });
  });

  it("come with the node's, where the pod has the namespace and says nothing of them", () => {
    const node = planSysctls({ "net.ipv4.ip_forward": "1", "kernel.shmmni": "8", "net/core/somaxconn": "9" }, [
      "net",
      "ipc",
    ]);
    const own = planSysctls({ "net.core.somaxconn": "5" }, ["net"]);
    const names = withDefaults(own, node, ["net"]).map(({ name, value }) => [name, value]);
    assert.deepEqual(names, [
      ["net.ipv4.ip_forward", "1"],
      ["net.core.somaxconn", "5"],
    ]);
  });
});
