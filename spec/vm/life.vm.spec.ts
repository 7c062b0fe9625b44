/** A container's life on a node as users have it: cgroup v2 alone, by either cgroup driver, with either OCI runtime. */
import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually, hostNetwork, type AppConfig, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";
import { monitorOf } from "../support/daemon.ts";
import {
  cgroupOf,
  drivers,
  isCgroup,
  isPopulated,
  limitOf,
  limitsUpTo,
  podCgroup,
  type PodCgroup,
} from "./support/cgroup.ts";
import { inVm } from "./support/in-vm.ts";
import { initOf } from "./support/init-of.ts";

const mebibyte = 1024 * 1024;
const hog = "a=x; while :; do a=$a$a; done";

for (const driver of drivers)
  describe(`on cgroup v2, by ${driver}`, inVm, () => {
    let bed: TestBed;
    let place: PodCgroup;
    before(async () => {
      place = podCgroup(driver, `life${driver}`);
      bed = await testBed({ name: `life-${driver}`, network: false, cgroupManager: driver });
    });
    afterEach(() => bed.leavesNothing());
    after(async () => {
      await bed.end();
      place.remove();
    });

    const runPod = (name: string, handler: string): Promise<Pod> => {
      const linux = { cgroup_parent: place.parent, security_context: { namespace_options: hostNetwork } };
      return bed.kubelet.runPod(bed.kubelet.podConfig(name, { linux }), { handler });
    };
    const limited = (memoryMebibytes: number): AppConfig => ({
      linux: {
        resources: {
          memory_limit_in_bytes: String(memoryMebibytes * mebibyte),
          cpu_shares: "512",
          cpu_period: "100000",
          cpu_quota: "50000",
          oom_score_adj: "-997",
        },
        security_context: { namespace_options: hostNetwork },
      },
    });

    const lives = (id: string): boolean =>
      isPopulated(`${place.path}/troupe-${id}${driver === "systemd" ? ".scope" : ""}`);

    for (const runtime of ["crun", "runc"]) {
      it(`${runtime} runs a container below its pod's cgroup, with its limits, until it is stopped and removed`, async () => {
        const { kubelet } = bed;
        const pod = await runPod(`life-${runtime}`, runtime);
        const script = `trap 'echo asked; exit 3' TERM; echo up; : ${driver}-${runtime}; while :; do sleep 0.1; done`;
        const id = await kubelet.run(pod, "app", script, limited(64));
        await kubelet.logged(pod, "app", "up");
        const pid = initOf(`${driver}-${runtime}`);

        const own = cgroupOf(pid);
        assert.ok(own.startsWith(`${place.path}/`) && own.includes(id), `${own} is below ${place.path}`);
        assert.equal(limitOf(pid, "memory.max"), String(64 * mebibyte));
        assert.equal(limitOf(pid, "memory.swap.max"), "0");
        assert.equal(limitOf(pid, "cpu.max"), "50000 100000");
        assert.equal(limitOf(pid, "cpu.weight"), "20");
        assert.deepEqual(
          limitsUpTo(place.path, pid, "pids.max"),
          own.includes("/container") ? ["4194304", "4194304"] : ["4194304"],
        );
        assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim(), "-997");

        assert.notEqual(readlinkSync(`/proc/${pid}/ns/cgroup`), readlinkSync("/proc/self/ns/cgroup"));
        const { stdout, code } = await kubelet.exec(
          id,
          "sh",
          "-c",
          "cat /proc/self/cgroup /sys/fs/cgroup/memory.max; exit 5",
        );
        assert.deepEqual([stdout, code], [`0::/\n${64 * mebibyte}\n`, 5]);

        await kubelet.stop(id, 300);
        const { exit_code, reason } = await kubelet.exited(id);
        assert.deepEqual([exit_code, reason], [3, "Error"]);
        assert.deepEqual(kubelet.log(pod, "app"), ["up", "asked"]);
        await kubelet.remove(id);
        assert.equal(isCgroup(own), false);
        await kubelet.endPod(pod);
        assert.equal(isCgroup(place.path), true); // the kubelet's, not ours
      });

      it(`${runtime}'s containers that the kernel kills for memory are told from those that it does not`, async () => {
        const { kubelet } = bed;
        const pod = await runPod(`oom-${runtime}`, runtime);
        const killed = await kubelet.run(pod, "hog", hog, limited(16));
        const { exit_code, reason } = await kubelet.exited(killed, 30_000);
        assert.deepEqual([exit_code, reason], [137, "OOMKilled"]);

        const survivor = await kubelet.run(pod, "parent-of-hog", `sh -c '${hog}'; exit 3`, limited(16));
        const survived = await kubelet.exited(survivor, 30_000);
        assert.deepEqual([survived.exit_code, survived.reason], [3, "OOMKilled"]);

        const spared = await kubelet.run(pod, "sibling", "sleep 1000", limited(16));
        await kubelet.stop(spared);
        const stopped = await kubelet.exited(spared);
        assert.deepEqual([stopped.exit_code, stopped.reason], [137, "Error"]);
        await kubelet.endPod(pod);
      });

      // The monitor then reads when systemd has taken the container's scope away, and the counter with it.
      it(`${runtime}'s container that is killed for memory is known even to a monitor that was held up`, async () => {
        const { kubelet } = bed;
        const pod = await runPod(`late-${runtime}`, runtime);
        const late = async (name: string, script: string, end: (id: string) => Promise<unknown>) => {
          const id = await kubelet.create(pod, kubelet.appConfig(name, script, limited(16)));
          const monitor = monitorOf(bed.daemon)!;
          process.kill(monitor, "SIGSTOP");
          await kubelet.start(id);
          const ended = end(id);
          await eventually(`the end of ${name}`, 20_000, () => (lives(id) ? undefined : true));
          process.kill(monitor, "SIGCONT");
          await ended;
          const { exit_code, reason } = await kubelet.exited(id, 20_000);
          return [exit_code, reason];
        };
        assert.deepEqual(await late("hog", hog, () => Promise.resolve()), [137, "OOMKilled"]);
        assert.deepEqual(await late("sibling", "sleep 1000", (id) => kubelet.stop(id)), [137, "Error"]);
        await kubelet.endPod(pod);
      });
    }
  });
