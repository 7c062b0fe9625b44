/** Figures on a node as users have it: cgroup v2 alone, where the kernel tells more, by either driver, with either OCI runtime. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { MetricType } from "../../src/grpc/messages/metrics.ts";
import type { UInt64Value } from "../../src/grpc/messages/security.ts";
import type { ContainerStats } from "../../src/grpc/messages/stats.ts";
import { eventually, hostNetwork } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { drivers, podCgroup, type PodCgroup } from "./support/cgroup.ts";
import { inVm } from "./support/in-vm.ts";

const limit = 64 * 1024 * 1024;
const number = (value: UInt64Value | null | undefined): number => Number(value?.value ?? Number.NaN);

for (const driver of drivers)
  describe(`figures on cgroup v2, by ${driver}`, inVm, () => {
    let bed: TestBed;
    let place: PodCgroup;
    before(async () => {
      place = podCgroup(driver, `figures${driver}`);
      bed = await testBed({ name: `figures-${driver}`, network: false, cgroupManager: driver });
    });
    afterEach(() => bed.leavesNothing());
    after(async () => {
      await bed.end();
      place.remove();
    });

    for (const handler of ["crun", "runc"])
      it(`${handler}: CPU, memory with its limit, swap, tasks and pressures, of the container and of its pod`, async () => {
        const { kubelet } = bed;
        const security_context = { namespace_options: hostNetwork };
        const linux = { cgroup_parent: place.parent, security_context };
        const pod = await kubelet.runPod(kubelet.podConfig(handler, { linux }), { handler });
        const resources = { memory_limit_in_bytes: String(limit), cpu_period: "100000", cpu_quota: "20000" };
        const more = { linux: { resources, security_context } };
        const id = await kubelet.run(pod, "app", "sleep 600 & while :; do :; done", more);
        const stats = async (): Promise<ContainerStats> =>
          (await kubelet.cri.call("ContainerStats", { container_id: id })).stats ?? assert.fail();
        await stats();
        const busy = await eventually("a container that is held back", 20_000, async () => {
          const now = await stats();
          return now.cpu?.usage_nano_cores && Number(now.cpu.psi?.Some?.Total) > 0 ? now : undefined;
        });
        assert.ok(number(busy.cpu?.usage_nano_cores) > 10_000_000);
        assert.equal(number(busy.memory?.available_bytes), limit - number(busy.memory?.working_set_bytes));
        assert.ok(number(busy.memory?.rss_bytes) > 0);
        assert.equal(number(busy.swap?.swap_usage_bytes), 0);
        assert.ok(busy.memory?.psi?.Full && busy.io?.psi?.Full);
        assert.ok(number(busy.writable_layer?.inodes_used) > 0);

        const { stats: whole } = await kubelet.cri.call("PodSandboxStats", { pod_sandbox_id: pod.id });
        assert.equal(number(whole?.linux?.process?.process_count), 2);
        assert.ok(number(whole?.linux?.cpu?.usage_core_nano_seconds) >= number(busy.cpu?.usage_core_nano_seconds));
        assert.ok(whole?.linux?.io?.psi);

        const { pod_metrics: metrics } = await kubelet.cri.call("ListPodSandboxMetrics", {});
        const series = metrics.flatMap(({ container_metrics: all }) => all.flatMap((each) => each.metrics));
        const value = (name: string) => number(series.find((each) => each.name === `container_${name}`)?.value);
        assert.ok(value("cpu_cfs_throttled_periods_total") > 0);
        assert.ok(value("memory_max_usage_bytes") > 0 && value("memory_kernel_usage") > 0);
        assert.deepEqual(
          [value("processes"), value("oom_events_total"), value("spec_memory_limit_bytes")],
          [2, 0, limit],
        );
        const stalled = series.find(({ name }) => name === "container_pressure_cpu_waiting_seconds_total");
        assert.equal(stalled?.metric_type, MetricType.COUNTER);
        await kubelet.stop(id);
        assert.equal((await stats()).cpu, null);
        await kubelet.endPod(pod);
      });
  });
