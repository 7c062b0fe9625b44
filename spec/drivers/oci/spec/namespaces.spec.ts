import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { namespaces } from "../../../../src/drivers/oci/spec/namespaces.ts";
import type { NamespaceOptions } from "../../../../src/vocabulary/index.ts";

const options = (overrides: Partial<NamespaceOptions> = {}): NamespaceOptions => ({
  ...{ network: "pod", pid: "container", ipc: "pod", targetId: "", userNamespace: false },
  ...overrides,
});
const pins = { network: "/run/netns/n", ipc: "/run/ipcns/i", uts: "/run/utsns/u" };

describe("the namespaces of a container", () => {
  it("are the sandbox's by their pins, and its own for mounts, processes and cgroups", () => {
    assert.deepEqual(namespaces(options(), pins, true), [
      { type: "mount" },
      { type: "pid" },
      { type: "network", path: "/run/netns/n" },
      { type: "ipc", path: "/run/ipcns/i" },
      { type: "uts", path: "/run/utsns/u" },
      { type: "cgroup" },
    ]);
  });

  it("have the processes in common of the pod's infra process, or of the container that is their target", () => {
    const pid = "/proc/7/ns/pid";
    for (const mode of ["pod", "target"] as const)
      assert.deepEqual(namespaces(options({ pid: mode }), { ...pins, pid }, false)[1], { type: "pid", path: pid });
  });

  it("are the host's by absence", () => {
    const all = options({ network: "node", pid: "node", ipc: "node" });
    assert.deepEqual(namespaces(all, {}, false), [{ type: "mount" }]);
    assert.deepEqual(namespaces(all, pins, false), [{ type: "mount" }, { type: "uts", path: "/run/utsns/u" }]);
  });

  it("are never the host's because a pin has got lost", () => {
    for (const mode of ["pod", "target"] as const)
      assert.throws(() => namespaces(options({ pid: mode }), pins, true), { code: "Unavailable" });
    for (const lost of ["network", "ipc"] as const)
      assert.throws(() => namespaces(options(), { ...pins, [lost]: undefined }, true), {
        code: "Unavailable",
        message: `the sandbox's ${lost} namespace is not there; the pod needs a new sandbox`,
      });
  });

  it("belong to the pod's own user namespace where it has one", () => {
    const ids = [{ containerId: 0, hostId: 100_000, length: 65_536 }];
    const own = options({ userNamespace: { uids: ids, gids: ids } });
    const user = "/run/troupe/ns/s.user";
    assert.deepEqual(
      namespaces(own, { ...pins, user }, false).find(({ type }) => type === "user"),
      { type: "user", path: user },
    );
    assert.throws(() => namespaces(own, pins, false), { code: "Unavailable", message: /user namespace is not there/ });
    assert.ok(namespaces(options(), { ...pins, user }, false).every(({ type }) => type !== "user"));
  });
});
