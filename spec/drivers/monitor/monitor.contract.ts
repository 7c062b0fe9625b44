/** What a daemon may expect of its monitor: one suite for the link to the real one and for the simulator's. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { howOf, killed, LONG_MS, nobody, setScene, type MonitorStage } from "./monitor-scene.ts";

export const monitorContract = (name: string, options: { readonly skip?: string }, make: () => MonitorStage): void => {
  describe(`${name} as a daemon's monitor`, options, () => {
    const scene = setScene(make);
    const { connect, launch, open, putAway } = scene;

    it("is one for all daemons of the node, started where there is none", async () => {
      const [first, second] = [await open(), await open()];
      assert.equal(first.greeting.pid, second.greeting.pid);
      assert.deepEqual(first.greeting.containers, []);
    });

    it("creates a container, looks at it, and tells its exit once", async () => {
      const daemon = await open();
      const container = scene.stage.container();
      const init = await daemon.link.create(container.request);
      assert.deepEqual(await daemon.link.look(container.id, init), { is: "running" });
      await container.start();
      assert.deepEqual(await daemon.link.look(container.id, init), { is: "running" });
      container.end(7);
      const exit = await daemon.exitOf(container.id);
      assert.deepEqual(howOf(exit), { code: 7, oomKilled: false });
      await daemon.link.drain(container.id, LONG_MS);
      assert.deepEqual(await daemon.link.look(container.id, init), { is: "exited", exit });
      await putAway(daemon, container);
      assert.deepEqual(await daemon.link.look(container.id, undefined), { is: "gone" });
      assert.equal(daemon.exits.length, 1);
    });

    it("tells the end of one that was killed before it was started", async () => {
      const daemon = await open();
      const container = scene.stage.container();
      await daemon.link.create(container.request);
      await container.kill();
      assert.deepEqual(howOf(await daemon.exitOf(container.id)), killed);
      await putAway(daemon, container);
    });

    it("rejects a create that fails, and keeps nothing of it", async () => {
      const daemon = await open();
      const container = scene.stage.impossible();
      await assert.rejects(daemon.link.create(container.request), /./);
      assert.deepEqual(await daemon.link.look(container.id, undefined), { is: "gone" });
      await container.remove();
    });

    it("has each container once", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      await assert.rejects(daemon.link.create(container.request), { code: "AlreadyExists" });
      container.end(0);
      await daemon.exitOf(container.id);
      await putAway(daemon, container);
    });

    it("knows nothing of others, of which it drains, acknowledges and forgets without a word", async () => {
      const { link } = await open();
      const other = scene.stage.container();
      const { id } = other;
      assert.deepEqual(await link.look(id, undefined), { is: "gone" });
      assert.deepEqual(await link.look(id, nobody), { is: "gone" });
      await link.drain(id, LONG_MS);
      await link.acknowledge(id);
      await link.forget(id);
      await other.remove();
    });

    it("tells an exit again in each connection until it is acknowledged", async () => {
      const first = await open();
      const container = await launch(first);
      container.end(3);
      const exit = await first.exitOf(container.id);
      first.link.close();
      const second = await open();
      assert.deepEqual(second.greeting.containers, [container.id]);
      assert.deepEqual(await second.exitOf(container.id), exit);
      const again = await connect(second.link);
      assert.deepEqual(await again.exitOf(container.id), exit);
      await again.link.acknowledge(container.id);
      const third = await open();
      assert.deepEqual(await third.link.look(container.id, undefined), { is: "exited", exit });
      assert.deepEqual(third.exits, []);
      assert.deepEqual([second.losses, again.losses], [[], []]);
      await putAway(third, container);
    });

    it("tells a new daemon of an exit that the old one did not live to hear of", async () => {
      const first = await open();
      const container = await launch(first);
      first.link.close();
      container.end(9);
      const second = await open();
      assert.equal(second.greeting.pid, first.greeting.pid);
      assert.deepEqual(howOf(await second.exitOf(container.id)), { code: 9, oomKilled: false });
      await putAway(second, container);
    });

    it("drops in silence what was forgotten before its end", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      await daemon.link.forget(container.id);
      await container.remove();
      while ((await daemon.link.look(container.id, undefined)).is !== "gone");
      assert.deepEqual(daemon.exits, []);
    });

    it("answers a look at a container that it is creating when it is there", async () => {
      const daemon = await open();
      const container = scene.stage.slow();
      const made = daemon.link.create(container.request);
      await container.begun();
      const looked = daemon.link.look(container.id, undefined);
      container.go();
      await made;
      assert.deepEqual(await looked, { is: "running" });
      await container.kill();
      await daemon.exitOf(container.id);
      await putAway(daemon, container);
    });

    it("is no more to be asked by a daemon that has let go, which hears nothing more", async () => {
      const [daemon, other] = [await open(), await open()];
      const container = await launch(daemon);
      daemon.link.close();
      daemon.link.close();
      await assert.rejects(daemon.link.drain(container.id, LONG_MS), { code: "Unavailable" });
      container.end(0);
      await other.exitOf(container.id);
      assert.deepEqual([daemon.exits, daemon.losses], [[], []]);
      await putAway(other, container);
    });
  });
};
