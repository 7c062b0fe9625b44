import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { PodSandboxState } from "../../src/grpc/messages/sandbox.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const linux = { security_context: { namespace_options: { pid: NamespaceMode.POD } } };

for (const handler of ["crun", "runc"])
  describe(`one process namespace for the whole pod, with ${handler}`, inTestNode, () => {
    let bed: TestBed;
    before(async () => {
      bed = await testBed({ name: `pid-${handler}`, defaultHandler: handler });
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(() => bed.end());

    it("containers see each other's processes, and the first is neither's", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
      const one = await kubelet.run(pod, "one", "exec sleep 1111", { linux });
      const two = await kubelet.run(pod, "two", "exec sleep 2222", { linux });
      for (const id of [one, two]) {
        const processes = await kubelet.shell(id, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
        assert.match(processes, /sleep 1111/);
        assert.match(processes, /sleep 2222/);
      }
      assert.doesNotMatch(await kubelet.shell(one, "cat /proc/1/comm"), /sleep/);
      await kubelet.shell(one, "kill $(grep -l '^sleep.2222' /proc/[0-9]*/cmdline | cut -d/ -f3)");
      assert.equal((await kubelet.exited(two)).exit_code, 143);
      assert.equal((await kubelet.status(one)).state, ContainerState.CONTAINER_RUNNING);
      await kubelet.endPod(pod);
    });

    it("containers that say nothing of namespaces are in it, and have their own in a pod that has none", async () => {
      const { kubelet } = bed;
      const sharing = await kubelet.runPod(kubelet.podConfig("sharing", { linux: {} }));
      const one = await kubelet.run(sharing, "one", "exec sleep 1111", { linux: {} });
      assert.doesNotMatch(await kubelet.shell(one, "cat /proc/1/comm"), /sleep/);
      const apart = await kubelet.runPod(kubelet.podConfig("apart"));
      const own = await kubelet.run(apart, "own", "exec sleep 1111", { linux: {} });
      assert.match(await kubelet.shell(own, "cat /proc/1/comm"), /sleep/);
      for (const pod of [sharing, apart]) await kubelet.endPod(pod);
    });

    it("a container with processes of its own in such a pod has them alone", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
      await kubelet.run(pod, "one", "exec sleep 1111", { linux });
      const own = await kubelet.run(pod, "own", "exec sleep 3333");
      const processes = await kubelet.shell(own, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
      assert.doesNotMatch(processes, /1111/);
      await kubelet.endPod(pod);
    });

    it("a container that is stopped takes all its processes with it, and none of the others'", async () => {
      const { kubelet } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
      const one = await kubelet.run(pod, "one", "exec sleep 1111", { linux });
      const two = await kubelet.run(pod, "two", "sleep 2222 & sleep 3333 & wait", { linux });
      await kubelet.stop(two, 0);
      const left = await kubelet.shell(one, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
      assert.match(left, /sleep 1111/);
      assert.doesNotMatch(left, /2222|3333/);
      await kubelet.remove(two);
      await kubelet.endPod(pod);
    });

    it("it lives through the daemon's death, and new containers join it", async () => {
      const { kubelet, daemon } = bed;
      const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
      const one = await kubelet.run(pod, "one", "exec sleep 1111", { linux });
      await daemon.kill();
      await daemon.start();
      assert.equal((await kubelet.podStatus(pod)).state, PodSandboxState.SANDBOX_READY);
      const two = await kubelet.run(pod, "two", "exec sleep 2222", { linux });
      assert.match(await kubelet.shell(two, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), /sleep 1111/);
      for (const id of [one, two]) await kubelet.remove(id);
      await kubelet.endPod(pod);
    });
  });
