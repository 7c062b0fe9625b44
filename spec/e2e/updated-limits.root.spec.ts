import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { CriError } from "../../src/grpc/client.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import type { LinuxContainerResources } from "../../src/grpc/messages/container-config.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Kubelet } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

type Limits = Draft<LinuxContainerResources>;
const MiB = 1 << 20;
const root = "/sys/fs/cgroup";
const isV2 = existsSync(join(root, "cgroup.controllers"));

const update = (kubelet: Kubelet, id: string, linux: Limits): Promise<object> =>
  kubelet.cri.call("UpdateContainerResources", { container_id: id, linux });
const given = async (kubelet: Kubelet, id: string): Promise<Limits> =>
  (await kubelet.status(id)).resources?.linux ?? {};

/** What the kernel has for a container without a cgroup parent of its own. */
const kernels = (id: string) => {
  const read = (controller: string, v1: string, v2: string): string => {
    const cgroup = join("troupe", `troupe-${id}`);
    return readFileSync(isV2 ? join(root, cgroup, v2) : join(root, controller, cgroup, v1), "utf8").trim();
  };
  const quota = isV2 ? (read("cpu", "", "cpu.max").split(" ")[0] ?? "") : read("cpu", "cpu.cfs_quota_us", "");
  const shares = isV2 ? read("cpu", "", "cpu.weight") : read("cpu", "cpu.shares", "");
  const memory = read("memory", "memory.limit_in_bytes", "memory.max");
  return {
    memory,
    shares,
    quota,
    cpus: read("cpuset", "cpuset.cpus", "cpuset.cpus"),
    pids: read("pids", "pids.max", "pids.max"),
  };
};

const refused = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CriError);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return true;
};

for (const handler of ["crun", "runc"])
  describe(`limits that are updated under ${handler}`, inTestNode, () => {
    let bed: TestBed;
    before(async () => {
      bed = await testBed({ name: `upd-${handler}`, defaultHandler: handler });
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(() => bed.end());

    const before64 = {
      memory_limit_in_bytes: String(64 * MiB),
      cpu_shares: "512",
      cpu_quota: "50000",
      cpu_period: "100000",
    };
    const config = (kubelet: Kubelet, resources: Limits) => ({
      linux: { resources, security_context: kubelet.security },
    });

    it("are the kernel's and the status's, of a container that runs and of one that waits to", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const runs = await kubelet.run(pod, "runs", "sleep 60", config(kubelet, before64));
      const waits = await kubelet.create(pod, kubelet.appConfig("waits", "sleep 60", config(kubelet, before64)));
      for (const id of [runs, waits]) {
        const at = kernels(id);
        await update(kubelet, id, { memory_limit_in_bytes: String(96 * MiB) });
        assert.deepEqual(kernels(id), { ...at, memory: String(96 * MiB) });
        await update(kubelet, id, { cpu_quota: "30000" });
        await update(kubelet, id, { memory_limit_in_bytes: String(80 * MiB), cpu_shares: "256", cpuset_cpus: "0" });
        const now = kernels(id);
        assert.deepEqual([now.memory, now.quota, now.cpus, now.pids], [String(80 * MiB), "30000", "0", at.pids]);
        assert.notEqual(now.shares, at.shares);
        if (!isV2) assert.equal(now.shares, "256");
        const { memory_limit_in_bytes, cpu_shares, cpu_quota, cpu_period, cpuset_cpus } = await given(kubelet, id);
        assert.deepEqual(
          [memory_limit_in_bytes, cpu_shares, cpu_quota, cpu_period, cpuset_cpus],
          [String(80 * MiB), "256", "30000", "100000", "0"],
        );
      }
      const at = kernels(waits);
      await kubelet.start(waits);
      assert.deepEqual(kernels(waits), at);
      assert.equal((await given(kubelet, waits)).memory_limit_in_bytes, String(80 * MiB));
      await kubelet.endPod(pod);
    });

    it("stay over a death of the daemon, before and after the next update", async () => {
      const { kubelet, daemon } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const id = await kubelet.run(pod, "app", "sleep 60", config(kubelet, before64));
      await update(kubelet, id, { memory_limit_in_bytes: String(48 * MiB) });
      await daemon.kill();
      await daemon.start();
      assert.equal((await given(kubelet, id)).memory_limit_in_bytes, String(48 * MiB));
      await update(kubelet, id, { cpu_quota: "20000" });
      assert.equal((await given(kubelet, id)).memory_limit_in_bytes, String(48 * MiB));
      assert.deepEqual([kernels(id).memory, kernels(id).quota], [String(48 * MiB), "20000"]);
      await kubelet.endPod(pod);
    });

    it("are refused in the runtime's own words where the kernel refuses, and nothing of them stays", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const id = await kubelet.run(pod, "app", "sleep 60", config(kubelet, before64));
      const [at, told] = [kernels(id), await given(kubelet, id)];
      const unheard: readonly Limits[] = [
        { memory_limit_in_bytes: String(96 * MiB), cpuset_cpus: "4000" },
        { memory_limit_in_bytes: String(96 * MiB), cpuset_mems: "400" },
        { memory_limit_in_bytes: String(96 * MiB), cpu_quota: "7" },
        { cpu_period: "7", cpuset_cpus: "0", memory_limit_in_bytes: String(32 * MiB) },
      ];
      for (const limits of unheard) {
        await assert.rejects(
          update(kubelet, id, limits),
          refused(
            "INVALID_ARGUMENT",
            new RegExp(
              `^UpdateContainerResources of app: .*${handler} could not change the limits of the container: \\w`,
            ),
          ),
        );
        assert.deepEqual(kernels(id), at, JSON.stringify(limits));
        assert.deepEqual(await given(kubelet, id), told);
      }
      const { info } = await kubelet.cri.call("ContainerStatus", { container_id: id, verbose: true });
      assert.deepEqual((JSON.parse(info["info"] ?? "{}") as { warnings: unknown }).warnings, []);
      await kubelet.endPod(pod);
    });

    it("are refused before anything is done where they cannot be meant, or the container would die of them", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const fills = "head -c 8000000 /dev/zero >/dev/shm/eight; echo filled; sleep 60";
      const id = await kubelet.run(pod, "app", fills, config(kubelet, before64));
      await kubelet.logged(pod, "app", "filled");
      const at = kernels(id);
      const wrong: readonly (readonly [Limits | undefined, string, RegExp])[] = [
        [undefined, "INVALID_ARGUMENT", /^linux is missing$/],
        [{ cpu_shares: "-2" }, "INVALID_ARGUMENT", /^linux\.cpu_shares is -2/],
        [{ cpuset_cpus: "all" }, "INVALID_ARGUMENT", /^linux\.cpuset_cpus is "all", which is no list/],
        [{ unified: { "../x": "1" } }, "INVALID_ARGUMENT", /^linux\.unified has the key "\.\.\/x"/],
        [
          { memory_swap_limit_in_bytes: "4096" },
          "INVALID_ARGUMENT",
          /memory and swap together are limited to 4096 bytes/,
        ],
        [
          { memory_limit_in_bytes: String(4 * MiB) },
          "FAILED_PRECONDITION",
          /uses \d+ bytes of memory, more than the 4194304/,
        ],
        ...(isV2 ? [] : [[{ unified: { "memory.high": "1" } }, "INVALID_ARGUMENT", /need cgroup v2/] as const]),
      ];
      for (const [linux, code, text] of wrong)
        await assert.rejects(
          kubelet.cri.call("UpdateContainerResources", { container_id: id, ...(linux && { linux }) }),
          refused(code, text),
          JSON.stringify(linux),
        );
      assert.deepEqual(kernels(id), at);
      await kubelet.stop(id);
      await assert.rejects(
        update(kubelet, id, { cpu_shares: "100" }),
        refused("FAILED_PRECONDITION", /is stopped, and limits are for what is created or runs/),
      );
      await kubelet.remove(id);
      await assert.rejects(update(kubelet, id, { cpu_shares: "100" }), refused("NOT_FOUND", /is not known/));
      await kubelet.endPod(pod);
    });

    it("do not hold up a stop that comes at once, nor each other for long", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const id = await kubelet.run(pod, "app", "sleep 60", config(kubelet, before64));
      const updates = [40, 44, 52].map((size) => update(kubelet, id, { memory_limit_in_bytes: String(size * MiB) }));
      const outcomes = await Promise.allSettled(updates);
      assert.equal(outcomes[0]?.status, "fulfilled");
      for (const one of outcomes.slice(1))
        if (one.status === "rejected") refused("UNAVAILABLE", /is updating\.\w+; ask again/)(one.reason);
      await Promise.all([update(kubelet, id, { cpu_quota: "40000" }), kubelet.stop(id)]);
      await kubelet.endPod(pod);
    });
  });
