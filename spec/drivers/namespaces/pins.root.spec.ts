import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { afterEach, describe, it } from "node:test";
import { unmount } from "../../../src/drivers/linux/mount.ts";
import { mountsUnder } from "../../../src/drivers/linux/mountinfo.ts";
import { inNamespace } from "../../../src/drivers/linux/namespaces.ts";
import { isUp } from "../../../src/drivers/linux/network-interface.ts";
import { sandboxNamespaces } from "../../../src/drivers/namespaces/pins.ts";
import type { PinRequest, Pins } from "../../../src/drivers/namespaces/sandbox-namespaces.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { sandboxNamespacesContract } from "./sandbox-namespaces.contract.ts";

const places = { netnsDir: "/run/netns", pinDir: "/run/troupe/ns" };
const id = "d".repeat(64) as SandboxId;
const whole = {
  id,
  network: true,
  ipc: true,
  hostname: "web-0",
  sysctls: { "net.ipv4.ip_unprivileged_port_start": "0", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "33" },
} satisfies PinRequest;

const own = (): readonly string[] => ["net", "ipc", "uts"].map((kind) => readlinkSync(`/proc/thread-self/ns/${kind}`));
const inodes = (pins: Pins): readonly number[] => Object.values(pins).map((path: string) => statSync(path).ino);

sandboxNamespacesContract("namespaces in the kernel", inTestNode, () => sandboxNamespaces(places));

describe("pinned namespaces", inTestNode, () => {
  const namespaces = sandboxNamespaces(places);
  /** Paths, "" where nothing was pinned. */
  const pin = async (more: Partial<PinRequest> = {}): Promise<Required<Omit<Pins, "user">>> => {
    const { network = "", ipc = "", uts = "" } = await namespaces.pin({ ...whole, ...more });
    return { network, ipc, uts };
  };

  afterEach(async () => {
    await namespaces.unpin(id);
    // Of all that was done here only /run/netns is left, as `ip netns` leaves it.
    assert.deepEqual(
      mountsUnder("/run").map(({ mountPoint }) => mountPoint),
      ["/run", "/run/netns"],
    );
    assert.deepEqual([...readdirSync(places.netnsDir), ...readdirSync(places.pinDir)], []);
  });

  it("have their loopback interface up", async () => {
    const { network } = await pin();
    assert.equal(
      inNamespace("net", network, () => isUp("lo")),
      true,
    );
    const listed = execFileSync("ip", ["netns", "exec", `troupe-${id}`, "ip", "-o", "link"], { encoding: "utf8" });
    assert.match(listed, /^1: lo: <LOOPBACK,UP,LOWER_UP>.*\n$/);
  });

  it("have the hostname and the sysctls of the pod, and the host keeps its own", async () => {
    const files = Object.keys(whole.sysctls).map((name) => `/proc/sys/${name.replaceAll(".", "/")}`);
    const host = [hostname(), ...files.map((file) => readFileSync(file, "utf8"))];
    const { network, ipc, uts } = await pin();
    assert.equal(inNamespace("uts", uts, hostname), "web-0");
    const values = [network, ipc, ipc].map((place, index) =>
      inNamespace(place === network ? "net" : "ipc", place, () => readFileSync(files[index] ?? "", "utf8").trim()),
    );
    assert.deepEqual(values, ["0", "1", "33"]);
    assert.deepEqual([hostname(), ...files.map((file) => readFileSync(file, "utf8"))], host);
  });

  it("leave this thread where it was, also when they fail", async () => {
    const before = own();
    await pin();
    await namespaces.unpin(id);
    await assert.rejects(pin({ sysctls: { "net.ipv4.no_such": "1" } }), {
      code: "Invalid",
      message: 'sysctl "net.ipv4.no_such" is not known to this kernel',
    });
    await assert.rejects(pin({ sysctls: { "net.ipv4.ip_forward": "many" } }), {
      code: "Invalid",
      message: 'sysctl "net.ipv4.ip_forward" does not take the value "many"',
    });
    await assert.rejects(pin({ hostname: "x".repeat(65) }), { code: "Invalid", message: /longer than the 64 bytes/ });
    assert.deepEqual(own(), before);
    assert.deepEqual(namespaces.pinned(id), {});
  });

  it("are the same ones when the pin is repeated", async () => {
    const first = inodes(await pin());
    assert.deepEqual(inodes(await sandboxNamespaces(places).pin(whole)), first);
  });

  it("take the place of plain files that an earlier boot left", async () => {
    mkdirSync(places.pinDir, { recursive: true });
    writeFileSync(`${places.netnsDir}/troupe-${id}`, "");
    writeFileSync(`${places.pinDir}/${id}.uts`, "");
    assert.deepEqual(namespaces.pinned(id), {});
    const { uts } = await pin();
    assert.equal(inNamespace("uts", uts, hostname), "web-0");
  });

  it("that are missing are made, those that are there are kept", async () => {
    const { uts } = await pin({ network: false, ipc: false, sysctls: {} });
    const before = statSync(uts).ino;
    const pins = await pin({ hostname: "another" });
    assert.equal(statSync(pins.uts).ino, before);
    assert.equal(
      inNamespace("net", pins.network, () => isUp("lo")),
      true,
    );
  });

  describe("of a pod with a user namespace of its own", () => {
    const ids = [{ containerId: 0, hostId: 300_000, length: 65_536 }];
    const userNamespace = { uids: ids, gids: ids };
    /** What a program says as root of that namespace. */
    const inside = (pins: Pins, script: string): string => {
      const { network, ipc, uts, user } = pins;
      const into = [`--user=${user}`, `--net=${network}`, `--ipc=${ipc}`, `--uts=${uts}`, "-S0", "-G0"];
      return execFileSync("nsenter", [...into, "sh", "-c", script], { encoding: "utf8" }).trim();
    };

    it("belong to it: its root may do there what root may", async () => {
      const sysctls = { ...whole.sysctls, "net.ipv4.ping_group_range": "5 2147483647" };
      const pins = await namespaces.pin({ ...whole, sysctls, userNamespace });
      assert.equal(inside(pins, "cat /proc/self/uid_map").replace(/ +/g, " "), "0 300000 65536");
      assert.equal(inside(pins, "hostname other; hostname; ip link set lo mtu 1400; id -u"), "other\n0");
      assert.equal(inside(pins, "cat /proc/sys/net/ipv4/ping_group_range"), "5\t65535");
      assert.equal(inside(pins, "cat /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max"), "1\n33");
    });

    it("get the node's sysctls, too, and of the groups that may ping those that they have", async () => {
      const defaultSysctls = { "net.ipv4.ping_group_range": "0 2147483647", "kernel.shm_rmid_forced": "1" };
      const pins = await sandboxNamespaces({ ...places, defaultSysctls }).pin({ ...whole, sysctls: {}, userNamespace });
      const files = "/proc/sys/net/ipv4/ping_group_range /proc/sys/kernel/shm_rmid_forced";
      assert.equal(inside(pins, `cat ${files}`), "0\t65535\n1");
    });

    it("are made anew all together where one is missing", async () => {
      const pins = await namespaces.pin({ ...whole, userNamespace });
      unmount(pins.ipc ?? "", { detach: true });
      const again = await namespaces.pin({ ...whole, userNamespace });
      assert.equal(inside(again, "echo 1 > /proc/sys/kernel/shm_rmid_forced; id -u"), "0");
    });

    it("are refused as others are, and leave nothing", async () => {
      const before = own();
      const sysctls = { "net.ipv4.no_such": "1" };
      await assert.rejects(namespaces.pin({ ...whole, sysctls, userNamespace }), { code: "Invalid" });
      const overlapping = { ...userNamespace, gids: [...ids, ...ids] };
      await assert.rejects(namespaces.pin({ ...whole, userNamespace: overlapping }), {
        code: "Failed",
        message: /gid_map|invalid/,
      });
      assert.deepEqual(own(), before);
      assert.equal(namespaces.pinned(id).user, undefined);
    });
  });

  it("end with the unpin, whoever has copied the mounts", async () => {
    const { network } = await pin();
    // A process with a mount namespace of its own has a copy of each pin.
    const other = spawn("unshare", ["-m", "--propagation", "private", "sh", "-c", "echo ready; cat"]);
    await once(other.stdout, "data");
    const copies = (): string => readFileSync(`/proc/${other.pid}/mountinfo`, "utf8");
    assert.ok(copies().includes(network));
    await namespaces.unpin(id);
    assert.equal(copies().includes(network), false);
    assert.equal(existsSync(network), false);
    other.stdin.end();
    await once(other, "exit");
  });

  it("lie in a shared mount, so that network daemons in containers see them", async () => {
    await pin();
    assert.equal(mountsUnder("/run/netns").find(({ mountPoint }) => mountPoint === "/run/netns")?.shared, true);
  });
});
