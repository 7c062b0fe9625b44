/** What every SandboxNamespaces does, in the kernel or in the simulator's world. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PinRequest, SandboxNamespaces } from "../../../src/drivers/namespaces/sandbox-namespaces.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";

const id = "c".repeat(64) as SandboxId;
const whole: PinRequest = {
  id,
  network: true,
  ipc: true,
  hostname: "web-0",
  sysctls: { "kernel.shm_rmid_forced": "1" },
};

export const sandboxNamespacesContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => SandboxNamespaces,
): void => {
  const withNamespaces = async (work: (namespaces: SandboxNamespaces) => Promise<void>): Promise<void> => {
    const namespaces = make();
    try {
      await work(namespaces);
    } finally {
      await namespaces.unpin(id);
      assert.deepEqual(namespaces.pinned(id), {});
    }
  };

  describe(name, options, () => {
    it("pins what is asked for, and tells where", () =>
      withNamespaces(async (namespaces) => {
        const pins = await namespaces.pin(whole);
        assert.deepEqual(Object.keys(pins).toSorted(), ["ipc", "network", "uts"]);
        assert.deepEqual(namespaces.pinned(id), pins);
      }));

    it("pins a user namespace of the pod's own beside those that belong to it", () =>
      withNamespaces(async (namespaces) => {
        const ids = [{ containerId: 0, hostId: 100_000, length: 65_536 }];
        const request = { ...whole, userNamespace: { uids: ids, gids: ids } };
        const pins = await namespaces.pin(request);
        assert.deepEqual(Object.keys(pins).toSorted(), ["ipc", "network", "user", "uts"]);
        assert.deepEqual(await namespaces.pin(request), pins);
      }));

    it("leaves to the host what is not asked for", () =>
      withNamespaces(async (namespaces) => {
        assert.deepEqual(await namespaces.pin({ id, network: false, ipc: false, sysctls: {} }), {});
        assert.deepEqual(Object.keys(await namespaces.pin({ id, network: false, ipc: true, sysctls: {} })), ["ipc"]);
      }));

    it("makes nothing twice", () =>
      withNamespaces(async (namespaces) => {
        assert.deepEqual(await namespaces.pin(whole), await namespaces.pin(whole));
      }));

    it("unpins as often as one likes", () =>
      withNamespaces(async (namespaces) => {
        await namespaces.unpin(id);
        await namespaces.pin(whole);
        await namespaces.unpin(id);
        await namespaces.unpin(id);
      }));

    it("refuses a sysctl that is the host's, and makes nothing", () =>
      withNamespaces(async (namespaces) => {
        await assert.rejects(namespaces.pin({ ...whole, sysctls: { "vm.swappiness": "1" } }), {
          code: "Invalid",
          message: /"vm.swappiness"/,
        });
        assert.deepEqual(namespaces.pinned(id), {});
      }));

    it("refuses a sysctl of a namespace that the pod does not have of its own", () =>
      withNamespaces(async (namespaces) => {
        const sysctls = { "net.ipv4.ip_forward": "1" };
        await assert.rejects(namespaces.pin({ ...whole, network: false, sysctls }), { code: "Invalid" });
        assert.deepEqual(namespaces.pinned(id), {});
      }));
  });
};
