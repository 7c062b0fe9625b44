/** What a daemon may expect of its monitor about containers' streams: copies of output, stdin, terminals, logs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containerId } from "../oci/support/builders.ts";
import { setScene, type Daemon, type Launched, type MonitorStage, type Streaming } from "./monitor-scene.ts";

export const monitorStreamsContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => MonitorStage,
): void => {
  describe(`${name} and what goes in and out of containers`, options, () => {
    const scene = setScene(make);
    const { connect, killMonitor, launch, open, putAway } = scene;
    const nobody = containerId("nobody");

    const end = async (daemon: Daemon, container: Launched): Promise<void> => {
      container.end(0);
      await daemon.exitOf(container.id);
      await putAway(daemon, container);
    };
    const begin = async (daemon: Daemon, streaming: Streaming): Promise<Launched> => {
      const container = scene.stage.container(undefined, { ...streaming, console: (id) => daemon.link.console(id) });
      const init = await daemon.link.create(container.request);
      await container.start();
      return { ...container, init };
    };
    const isOpen = ({ link }: Daemon, { id }: Launched): void => scene.stage.close(link.input(id));

    it("copies what a container writes to as many as attach, and tells each that its streams have ended", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const { id } = container;
      const [first, second] = [scene.stage.reader(), scene.stage.reader()];
      await daemon.link.attach({ id, attachId: "a1", stdout: first.path, stderr: second.path });
      await daemon.link.attach({ id, attachId: "a2", stdout: first.path });
      assert.deepEqual(daemon.detachments, []);
      container.end(0);
      assert.deepEqual([await daemon.endOf("a1"), await daemon.endOf("a2")], ["ended", "ended"]);
      await daemon.exitOf(id);
      await assert.rejects(daemon.link.attach({ id, attachId: "a3", stdout: first.path }), { code: "NotAllowed" });
      await putAway(daemon, container);
    });

    it("refuses in words to attach to nobody, or twice by one name, and lets go of what it has never heard of", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const { path: stdout } = scene.stage.reader();
      const attach = (id = container.id): Promise<void> => daemon.link.attach({ id, attachId: "a1", stdout });
      await assert.rejects(attach(nobody), { code: "NotFound", message: /has no container/ });
      await attach();
      await assert.rejects(attach(), { code: "AlreadyExists", message: /attachment "a1" already/ });
      await daemon.link.detach("a9");
      await end(daemon, container);
      assert.equal(await daemon.endOf("a1"), "ended");
    });

    it("tells nothing more of a copy that the daemon let go of", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const { path: stdout } = scene.stage.reader();
      await daemon.link.attach({ id: container.id, attachId: "a1", stdout });
      await daemon.link.detach("a1");
      await daemon.link.detach("a1");
      await daemon.link.attach({ id: container.id, attachId: "a1", stdout }); // the name is free again
      await daemon.link.detach("a1");
      await end(daemon, container);
      assert.deepEqual(daemon.detachments, []);
    });

    it("has lost its copies when it dies, which is told once of each, and copies again when it is back", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const { path: stdout } = scene.stage.reader();
      for (const attachId of ["a1", "a2"]) await daemon.link.attach({ id: container.id, attachId, stdout });
      await killMonitor(daemon);
      const gone = [
        ["a1", "gone"],
        ["a2", "gone"],
      ];
      assert.deepEqual(daemon.detachments, gone);
      await assert.rejects(daemon.link.attach({ id: container.id, attachId: "a1", stdout }), { code: "Unavailable" });
      await daemon.link.detach("a1");
      const again = await connect(daemon.link);
      await again.link.attach({ id: container.id, attachId: "a1", stdout });
      await end(again, container);
      assert.equal(await again.endOf("a1"), "ended");
      assert.deepEqual(daemon.detachments, gone);
    });

    it("drops its copies when it is replaced, and says so", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      const { path: stdout } = scene.stage.reader();
      await daemon.link.attach({ id: container.id, attachId: "a1", stdout });
      await daemon.link.upgrade();
      assert.deepEqual([daemon.detachments, daemon.losses], [[["a1", "gone"]], []]);
      await daemon.link.attach({ id: container.id, attachId: "a1", stdout });
      await end(daemon, container);
    });

    it("holds a stdin open until it is closed for good, over its own death and replacement", async () => {
      const daemon = await open();
      const container = await begin(daemon, { stdin: true });
      isOpen(daemon, container);
      await killMonitor(daemon);
      isOpen(daemon, container);
      await assert.rejects(daemon.link.closeInput(container.id), { code: "Unavailable" });
      isOpen(daemon, container);
      const again = await connect(daemon.link);
      await again.link.upgrade();
      isOpen(again, container);
      await again.link.closeInput(container.id);
      assert.throws(() => again.link.input(container.id), { code: "NotAllowed", message: /stdin/ });
      await again.link.closeInput(container.id);
      const next = await open();
      next.link.watch(container.id, container.init);
      assert.throws(() => next.link.input(container.id), { code: "NotAllowed" });
      await end(again, container);
    });

    it("gives nobody a stdin or a terminal where there is none", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      assert.throws(() => daemon.link.input(container.id), { code: "NotAllowed" });
      assert.throws(() => daemon.link.input(nobody), { code: "NotAllowed" });
      assert.deepEqual([daemon.link.terminal(container.id), daemon.link.terminal(nobody)], [undefined, undefined]);
      await daemon.link.closeInput(container.id);
      await assert.rejects(daemon.link.closeInput(nobody), { code: "NotFound" });
      await end(daemon, container);
    });

    it("shares a terminal with the daemon, and with the next one", async () => {
      const first = await open();
      const container = await begin(first, { terminal: true });
      const has = ({ link }: Daemon): void => {
        const master = link.terminal(container.id);
        assert(master !== undefined);
        scene.stage.close(master);
      };
      has(first);
      first.link.close();
      const second = await open();
      has(second);
      await killMonitor(second);
      has(second);
      const again = await connect(second.link);
      const third = await open();
      has(third);
      await end(again, container);
      assert.equal(again.link.terminal(container.id), undefined);
    });

    it("opens a log again, also of one that has ended", async () => {
      const daemon = await open();
      const container = await launch(daemon);
      await daemon.link.reopenLog(container.id);
      container.end(0);
      await daemon.exitOf(container.id);
      await daemon.link.reopenLog(container.id);
      await putAway(daemon, container);
      await assert.rejects(daemon.link.reopenLog(container.id), { code: "NotFound" });
    });
  });
};
