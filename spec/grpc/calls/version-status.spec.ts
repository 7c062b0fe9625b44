import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CgroupDriver } from "../../../src/grpc/messages/runtime.ts";
import { fakeRuntime } from "../../support/fake-runtime.ts";
import { serving } from "../serving.ts";

describe("who the runtime is", () => {
  it("is told with the API version that kubelets compare", () =>
    serving(
      fakeRuntime(),
      async ({ client }) =>
        assert.deepEqual(await client.call("Version", { version: "" }), {
          version: "0.1.0",
          runtime_name: "cri-o",
          runtime_version: "1.2.3",
          runtime_api_version: "v1",
        }),
      { identity: { name: "cri-o", version: "1.2.3" } },
    ));

  it("includes its cgroup driver, whichever it is", async () => {
    for (const [driver, number] of [
      ["cgroupfs", CgroupDriver.CGROUPFS],
      ["systemd", CgroupDriver.SYSTEMD],
    ] as const)
      await serving(fakeRuntime({}, { cgroupDriver: () => driver }), async ({ client }) =>
        assert.deepEqual(await client.call("RuntimeConfig", {}), { linux: { cgroup_driver: number } }),
      );
  });
});

describe("its status", () => {
  it("has both conditions, with reasons", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const { status, info } = await client.call("Status", {});
      assert.deepEqual(status?.conditions, [
        { type: "RuntimeReady", status: true, reason: "", message: "" },
        { type: "NetworkReady", status: false, reason: "NetworkPluginNotReady", message: "no network is configured" },
      ]);
      assert.deepEqual(info, {});
    }));

  it("has the default handler by its empty name, besides the others", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const { runtime_handlers, features } = await client.call("Status", {});
      assert.deepEqual(
        runtime_handlers.map(({ name }) => name),
        ["", "crun", "runc"],
      );
      assert.deepEqual(runtime_handlers[0]?.features, { recursive_read_only_mounts: true, user_namespaces: false });
      assert.equal(features?.supplemental_groups_policy, true);
      assert.equal(features.user_namespaces_host_network, false);
    }));

  it("has more in JSON for who asks for it", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const { info } = await client.call("Status", { verbose: true });
      assert.deepEqual(info, { config: '{"stateDir":"/run/troupe"}' });
    }));

  it("takes a pod CIDR without a word, since others make the networks", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const runtime_config = { network_config: { pod_cidr: "10.0.0.0/24" } };
      assert.deepEqual(await client.call("UpdateRuntimeConfig", { runtime_config }), {});
    }));
});
