import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const targeting = (id: string): AppConfig => ({
  linux: { security_context: { namespace_options: { pid: NamespaceMode.TARGET, target_id: id } } },
});
const everyProcess = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";

for (const handler of ["crun", "runc"])
  describe(`a container among the processes of another, with ${handler}`, inTestNode, () => {
    let bed: TestBed;
    let pod: Pod;
    before(async () => {
      bed = await testBed({ name: `target-${handler}`, defaultHandler: handler });
      pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
    });

    it("sees them, and ends without them", async () => {
      const { kubelet } = bed;
      const app = await kubelet.run(pod, "app", "exec sleep 1111");
      const debug = await kubelet.run(pod, "debug", "exec sleep 2222", targeting(app));
      assert.match(await kubelet.shell(debug, everyProcess), /sleep 1111.*sleep 2222/s);
      assert.match(await kubelet.shell(debug, "cat /proc/1/cmdline | tr '\\0' ' '"), /sleep 1111/);
      await kubelet.stop(debug);
      assert.equal((await kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
      assert.doesNotMatch(await kubelet.shell(app, everyProcess), /2222/);
      for (const id of [debug, app]) await kubelet.remove(id);
    });

    it("ends with its target", async () => {
      const { kubelet } = bed;
      const app = await kubelet.run(pod, "app", "exec sleep 1111");
      const debug = await kubelet.run(pod, "debug", "exec sleep 2222", targeting(app));
      await kubelet.stop(app);
      assert.equal((await kubelet.exited(debug)).exit_code, 137);
      for (const id of [debug, app]) await kubelet.remove(id);
    });

    it("lives through the daemon's death, and another joins them after it", async () => {
      const { kubelet, daemon } = bed;
      const app = await kubelet.run(pod, "app", "exec sleep 1111");
      const debug = await kubelet.run(pod, "debug", "exec sleep 2222", targeting(app));
      await daemon.kill();
      await daemon.start();
      assert.match(await kubelet.shell(debug, everyProcess), /sleep 1111/);
      const second = await kubelet.run(pod, "second", "exec sleep 3333", targeting(app));
      const seen = await kubelet.shell(second, everyProcess);
      for (const seconds of [1111, 2222, 3333]) assert.match(seen, new RegExp(`sleep ${seconds}`));
      for (const id of [second, debug]) {
        await kubelet.stop(id);
        await kubelet.remove(id);
      }
      await kubelet.stop(app);
      await kubelet.remove(app);
    });

    it("is refused where the target is unknown, another pod's, or does not run", async () => {
      const { kubelet } = bed;
      const refused = (id: string, code: string, message: RegExp) =>
        assert.rejects(kubelet.create(pod, kubelet.appConfig("debug", "exec sleep 2222", targeting(id))), {
          code,
          message,
        });
      await refused("f".repeat(64), "NOT_FOUND", /target container "f{64}" is not known/);
      const other = await kubelet.runPod(kubelet.podConfig("other"));
      const stranger = await kubelet.run(other, "stranger", "exec sleep 1111");
      await refused(stranger, "INVALID_ARGUMENT", /only a container of the same pod can be joined/);
      await kubelet.endPod(other);
      const app = await kubelet.create(pod, kubelet.appConfig("app", "exec sleep 1111"));
      await refused(app, "FAILED_PRECONDITION", /is created, not running/);
      await kubelet.start(app);
      await kubelet.stop(app);
      await refused(app, "FAILED_PRECONDITION", /is exited, not running/);
      await kubelet.remove(app);
    });

    it("cannot be started when its target has ended", async () => {
      const { kubelet } = bed;
      const app = await kubelet.run(pod, "app", "exec sleep 1111");
      const debug = await kubelet.create(pod, kubelet.appConfig("debug", "exec sleep 2222", targeting(app)));
      await kubelet.stop(app);
      await assert.rejects(kubelet.start(debug));
      await kubelet.exited(debug);
      for (const id of [debug, app]) await kubelet.remove(id);
    });
  });
