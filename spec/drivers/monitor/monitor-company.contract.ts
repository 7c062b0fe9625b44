/** What a daemon may expect of its monitor about processes that go together: commands in containers, containers of a pod. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { howOf, killed, setScene, type MonitorStage, LONG_MS } from "./monitor-scene.ts";

export const monitorCompanyContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => MonitorStage,
): void => {
  describe(`${name} of processes that go together`, options, () => {
    const scene = setScene(make);
    const { launch, open, putAway } = scene;

    it("runs commands in a container, and tells their exits", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const exec = container.exec();
      await daemon.link.exec(exec.request);
      exec.end(42);
      assert.deepEqual(howOf(await daemon.exitOf(exec.request.execId)), { code: 42, oomKilled: false });
      await daemon.link.acknowledge(exec.request.execId);
      container.end(0);
      await daemon.exitOf(container.id);
      await assert.rejects(daemon.link.exec(container.exec().request), { code: "NotAllowed" });
      assert.equal(daemon.exits.length, 2);
      await putAway(daemon, container);
    });

    it("tells that the commands in a container have gone with it", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const exec = container.exec();
      await daemon.link.exec(exec.request);
      await container.kill();
      assert.deepEqual(howOf(await daemon.exitOf(container.id)), killed);
      assert.deepEqual(howOf(await daemon.exitOf(exec.request.execId)), killed);
      await daemon.link.acknowledge(exec.request.execId);
      await putAway(daemon, container);
    });

    it("tells that the containers of a pod have gone with the first process of its namespace", async () => {
      const daemon = await open();
      const infra = await launch(daemon);
      const container = await launch(daemon, infra.init);
      await infra.kill();
      for (const { id } of [infra, container]) assert.deepEqual(howOf(await daemon.exitOf(id)), killed);
      await putAway(daemon, container, infra);
    });

    it("leaves the commands of a container that has ended in its pod's namespace, until all of it is killed", async () => {
      const daemon = await open();
      const infra = await launch(daemon);
      const container = await launch(daemon, infra.init);
      const exec = container.exec();
      await daemon.link.exec(exec.request);
      const { execId } = exec.request;
      container.end(2);
      assert.deepEqual(howOf(await daemon.exitOf(container.id)), { code: 2, oomKilled: false });
      await daemon.link.drain(infra.id, LONG_MS);
      assert.equal(daemon.exits.length, 1);
      await container.kill(true);
      assert.deepEqual(howOf(await daemon.exitOf(execId)), killed);
      await daemon.link.acknowledge(execId);
      await infra.kill();
      await daemon.exitOf(infra.id);
      await putAway(daemon, container, infra);
    });
  });
};
