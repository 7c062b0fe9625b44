/** What a daemon may expect of its monitor when one of them dies, leaves or is replaced. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containerId } from "../oci/support/builders.ts";
import { howOf, killed, LONG_MS, setScene, type MonitorStage } from "./monitor-scene.ts";

export const monitorDeathsContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => MonitorStage,
): void => {
  describe(`${name} when somebody dies`, options, () => {
    const scene = setScene(make);
    const { connect, killMonitor, launch, open, putAway } = scene;

    it("is lost when it dies, is not there for questions, and comes back with all that it had", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      await killMonitor(daemon);
      assert.equal(daemon.losses.length, 1);
      const other = scene.stage.container();
      for (const ask of [
        () => daemon.link.create(other.request),
        () => daemon.link.drain(container.id, LONG_MS),
        () => daemon.link.forget(container.id),
        () => daemon.link.upgrade(),
      ])
        await assert.rejects(ask(), { code: "Unavailable" });
      await other.remove();
      const again = await connect(daemon.link);
      assert.deepEqual(again.greeting.containers, [container.id]);
      assert.deepEqual(await again.link.look(container.id, container.init), { is: "running" });
      container.end(4);
      assert.deepEqual(howOf(await again.exitOf(container.id)), { code: 4, oomKilled: false });
      await putAway(again, container);
    });

    it("is stood in for by the daemon's own eyes: a container that ends without a monitor", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      await killMonitor(daemon);
      assert.deepEqual(await daemon.link.look(container.id, container.init), { is: "running" });
      container.end(5);
      const exit = await daemon.exitOf(container.id);
      assert.deepEqual(howOf(exit), { code: 5, oomKilled: false });
      const looked = await daemon.link.look(container.id, container.init);
      assert.deepEqual(looked.is === "exited" && howOf(looked.exit), howOf(exit));
      assert.equal(daemon.exits.length, 1);
      const again = await connect(daemon.link);
      assert.deepEqual(howOf(await again.exitOf(container.id)), howOf(exit));
      await putAway(again, container);
    });

    it("is stood in for by a daemon that came later and only watches", async () => {
      const first = await open();
      const container = await launch(first);
      first.link.close();
      const second = await open();
      second.link.watch(container.id, container.init);
      second.link.watch(container.id, container.init);
      await killMonitor(second);
      container.end(6);
      assert.deepEqual(howOf(await second.exitOf(container.id)), { code: 6, oomKilled: false });
      await putAway(await connect(second.link), container);
    });

    it("is asked before a daemon says that nobody knows how a container ended", async () => {
      const [first, other] = [await open(), await open()];
      const container = await launch(first);
      first.link.close();
      container.end(3);
      const exit = await other.exitOf(container.id);
      scene.stage.loseExitFile(container.id);
      const link = scene.link();
      const looks = [link.look(container.id, container.init), link.look(container.id, undefined)];
      const last = await connect(link);
      for (const look of looks) assert.deepEqual(await look, { is: "exited", exit });
      assert.deepEqual(await last.exitOf(container.id), exit);
      assert.equal(last.exits.length, 1);
      await putAway(last, container);
    });

    it("hears later of what was acknowledged while there was none, and does not tell it again", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      container.end(0);
      await daemon.exitOf(container.id);
      await killMonitor(daemon);
      await daemon.link.acknowledge(container.id);
      const again = await connect(daemon.link);
      await again.link.drain(container.id, LONG_MS);
      assert.deepEqual(again.exits, []);
      await putAway(again, container);
    });

    it("leaves questions unanswered for their bound while it hangs, and hears them all when it goes on", async () => {
      const daemon = await connect(scene.impatient());
      const [container, other] = [await launch(daemon), await launch(daemon)];
      other.end(0);
      await daemon.exitOf(other.id);
      scene.stage.hangMonitor(scene.pid, true);
      const asked = [
        daemon.link.look(container.id, container.init),
        daemon.link.acknowledge(other.id),
        daemon.link.forget(containerId("nobody")),
      ];
      const overdue = Promise.all(
        asked.map((question) => assert.rejects(question, { code: "Overdue", message: /has not answered ".*bound/ })),
      );
      await scene.stage.outlastQuestions();
      await overdue;
      container.end(9);
      scene.stage.hangMonitor(scene.pid, false);
      assert.deepEqual(howOf(await daemon.exitOf(container.id)), { code: 9, oomKilled: false });
      assert.deepEqual(daemon.losses, []);
      // It has heard of the acknowledgement, and does not tell that exit to who comes.
      const late = await open();
      await late.exitOf(container.id);
      assert.equal(late.exits.length, 1);
      await putAway(daemon, container, other);
    });

    it("may know what a daemon that cannot reach it does not: nothing is gone before it goes on", async () => {
      const first = await open();
      const container = await launch(first);
      first.link.close();
      scene.stage.hangMonitor(scene.pid, true);
      await container.kill();
      const link = scene.impatient();
      const looked = assert.rejects(link.look(container.id, undefined), {
        code: "Unavailable",
        message: /cannot be reached/,
      });
      await scene.stage.outlastQuestions();
      await looked;
      scene.stage.hangMonitor(scene.pid, false);
      const last = await connect(link);
      assert.deepEqual(howOf(await last.exitOf(container.id)), killed);
      await putAway(last, container);
    });

    it("takes a create that it was at along when it dies, and its successor has never heard of it", async () => {
      const daemon = await open();
      const container = scene.stage.slow();
      const made = daemon.link.create(container.request);
      await container.begun();
      const [rejected, lost] = [assert.rejects(made, { code: "Unavailable" }), daemon.lost()];
      scene.stage.killMonitor(scene.pid);
      await rejected;
      await lost;
      const again = await connect(daemon.link);
      assert.deepEqual(await again.link.look(container.id, undefined), { is: "gone" });
      container.go(); // the tool goes on, and makes it
      await container.made();
      await container.remove();
    });

    it("tells the exit of a command that has outlived it, again until it is acknowledged", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const exec = container.exec();
      await daemon.link.exec(exec.request);
      await killMonitor(daemon);
      exec.end(11);
      const { execId } = exec.request;
      assert.deepEqual(howOf(await daemon.exitOf(execId)), { code: 11, oomKilled: false });
      const again = await connect(daemon.link);
      assert.deepEqual(howOf(await again.exitOf(execId)), { code: 11, oomKilled: false });
      await again.link.acknowledge(execId);
      container.end(0);
      await again.exitOf(container.id);
      await putAway(again, container);
    });

    it("is replaced in place, once for all who ask at the same time: the same process, and nothing is lost", async () => {
      const daemon = await open();
      const [container, brief] = [await launch(daemon), await launch(daemon)];
      const drained = daemon.link.drain(container.id, LONG_MS); // while it lives there is no end to it
      const upgrades = Promise.all([daemon.link.upgrade(), daemon.link.upgrade()]);
      const looked = daemon.link.look(container.id, container.init); // waits for the new program
      brief.end(8);
      const [greeting, other] = await upgrades;
      assert.deepEqual(greeting, other);
      assert.equal(greeting.pid, scene.pid);
      assert.deepEqual(greeting.containers.toSorted(), [container.id, brief.id].toSorted());
      assert.deepEqual(await looked, { is: "running" });
      assert.deepEqual(howOf(await daemon.exitOf(brief.id)), { code: 8, oomKilled: false });
      assert.deepEqual(daemon.losses, []);
      container.end(0);
      await daemon.exitOf(container.id);
      await drained;
      await putAway(daemon, container, brief);
    });

    it("stays while a container lives or an exit is untold, with no daemon there", async () => {
      const first = await open();
      const container = await launch(first);
      first.link.close();
      const second = await open();
      assert.equal(second.greeting.pid, first.greeting.pid);
      container.end(0);
      await second.exitOf(container.id);
      second.link.close(); // told, not acknowledged
      const third = await open();
      assert.equal(third.greeting.pid, first.greeting.pid);
      await third.exitOf(container.id);
      await putAway(third, container);
    });
  });
};
