import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readlinkSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { crun, testBed, type TestBed } from "../support/test-bed.ts";

interface PodInfo {
  readonly pid?: number;
  readonly runtimeSpec: { readonly linux: { readonly namespaces: readonly { type: string; path: string }[] } };
  readonly resources?: { readonly cpu_shares: string };
  readonly overhead?: { readonly cpu_shares: string };
}

describe("what verbose answers tell", inTestNode, () => {
  let bed: TestBed;
  const programs = "/run/troupe-own-crun";
  before(async () => {
    mkdirSync(programs);
    copyFileSync(crun, join(programs, "crun"));
    chmodSync(join(programs, "crun"), 0o755);
    bed = await testBed({
      name: "verbose",
      handlers: { crun: join(programs, "crun"), odd: "/usr/bin/absent" },
      defaultHandler: "crun",
    });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    rmSync(programs, { recursive: true });
  });

  const infoOf = async ({ id }: Pod): Promise<PodInfo> => {
    const { info } = await bed.kubelet.cri.call("PodSandboxStatus", { pod_sandbox_id: id, verbose: true });
    return JSON.parse(info["info"] ?? "") as PodInfo;
  };

  it("inspectp has a process that lives in the pod, and the paths of its namespaces, which are that process's", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    assert.equal((await infoOf(pod)).pid, undefined);
    const id = await kubelet.run(pod, "app", "sleep 60");
    const { pid, runtimeSpec } = await infoOf(pod);
    assert.ok(pid !== undefined && pid > 0);
    const own = (name: string): bigint => statSync(`/proc/${pid}/ns/${name}`, { bigint: true }).ino;
    const types = { network: "net", ipc: "ipc", uts: "uts" } as const;
    for (const [type, name] of Object.entries(types)) {
      const path = runtimeSpec.linux.namespaces.find((one) => one.type === type)?.path ?? "";
      assert.equal(statSync(path, { bigint: true }).ino, own(name), `${type} at ${path}`);
    }
    await kubelet.stop(id);
    assert.equal((await infoOf(pod)).pid, undefined);
    await kubelet.endPod(pod);
  });

  it("inspectp of a pod that shares its processes has its infra process, from the beginning", async () => {
    const { kubelet } = bed;
    const options = { network: NamespaceMode.POD, pid: NamespaceMode.POD, ipc: NamespaceMode.POD };
    const pod = await kubelet.runPod(
      kubelet.podConfig("pod", { linux: { security_context: { namespace_options: options } } }),
    );
    const { pid, runtimeSpec } = await infoOf(pod);
    const path = runtimeSpec.linux.namespaces.find(({ type }) => type === "pid")?.path ?? "";
    assert.equal(readlinkSync(path), readlinkSync(`/proc/${pid}/ns/pid`));
    await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pod.id });
    assert.equal((await infoOf(pod)).pid, undefined);
    await kubelet.endPod(pod);
  });

  it("UpdatePodSandboxResources keeps the pod's sums, over a death too, and leaves the cgroup to the client", async () => {
    const { kubelet, daemon } = bed;
    const linux = {
      resources: { cpu_shares: "100" },
      overhead: { cpu_shares: "10" },
      security_context: kubelet.security,
    };
    const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
    assert.deepEqual(
      [(await infoOf(pod)).resources?.cpu_shares, (await infoOf(pod)).overhead?.cpu_shares],
      ["100", "10"],
    );
    await kubelet.cri.call("UpdatePodSandboxResources", { pod_sandbox_id: pod.id, resources: { cpu_shares: "200" } });
    await daemon.kill();
    await daemon.start();
    assert.deepEqual(
      [(await infoOf(pod)).resources?.cpu_shares, (await infoOf(pod)).overhead?.cpu_shares],
      ["200", "10"],
    );
    await assert.rejects(kubelet.cri.call("UpdatePodSandboxResources", { pod_sandbox_id: "f".repeat(64) }), {
      code: "NOT_FOUND",
    });
    await assert.rejects(
      kubelet.cri.call("UpdatePodSandboxResources", { pod_sandbox_id: pod.id, overhead: { cpu_shares: "-1" } }),
      { code: "INVALID_ARGUMENT", message: /^overhead\.cpu_shares is -1/ },
    );
    await kubelet.endPod(pod);
    await assert.rejects(kubelet.cri.call("UpdatePodSandboxResources", { pod_sandbox_id: pod.id }), {
      code: "NOT_FOUND",
    });
  });

  it("info has objects that crictl shows: the settings, with a stateDir on the disk of root filesystems, and the runtimes", async () => {
    const { info } = await bed.kubelet.cri.call("Status", { verbose: true });
    const parsed = Object.fromEntries(
      Object.entries(info).map(([name, value]) => [name, JSON.parse(value) as Record<string, unknown>]),
    );
    for (const [name, value] of Object.entries(info))
      if (name !== "lastCNILoadStatus") assert.ok(value.startsWith("{"), `${name}: ${value}`);
    const stateDir = String(parsed["config"]?.["stateDir"]);
    assert.equal(statSync(dirname(stateDir)).dev, statSync(join(bed.place, "root")).dev);
    assert.partialDeepStrictEqual(parsed["runtimes"], {
      crun: { path: join(programs, "crun"), default: true },
      odd: { path: "/usr/bin/absent" },
    });
    assert.match(JSON.stringify(parsed["runtimes"]?.["odd"]), /"unusable":".*absent/);
    assert.equal(parsed["network"]?.["ready"], true);
    assert.ok(Number((parsed["monitor"] as { pid?: number }).pid) > 1);
    assert.deepEqual(await bed.kubelet.cri.call("Status", {}).then((answer) => answer.info), {});
  });

  it("RuntimeReady is false while the default OCI runtime's program is gone", async () => {
    const { kubelet } = bed;
    const path = join(programs, "crun");
    renameSync(path, `${path}.away`);
    const lost = await eventually("a RuntimeReady that is false", 10_000, async () => {
      const condition = await kubelet.isReady("RuntimeReady");
      return condition.ok ? undefined : condition;
    });
    assert.equal(lost.reason, "DefaultRuntimeUnusable");
    assert.match(lost.message, /^crun: \/run\/troupe-own-crun\/crun cannot be run any more: /);
    renameSync(`${path}.away`, path);
    await eventually("a RuntimeReady that is true", 10_000, async () =>
      (await kubelet.isReady("RuntimeReady")).ok ? true : undefined,
    );
  });

  it("UpdateRuntimeConfig is taken, whatever the pod's addresses are to be, and changes nothing", async () => {
    for (const pod_cidr of ["10.1.0.0/16", "10.1.0.0/16,fd00::/64", ""])
      await bed.kubelet.cri.call("UpdateRuntimeConfig", { runtime_config: { network_config: { pod_cidr } } });
    await bed.kubelet.cri.call("UpdateRuntimeConfig", {});
    assert.equal((await bed.kubelet.isReady("NetworkReady")).ok, true);
  });
});
