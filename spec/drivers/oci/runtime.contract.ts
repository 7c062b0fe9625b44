/** What every OCI runtime does, whatever its name: one suite for crun, runc and the simulator's. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { OciRuntime } from "../../../src/drivers/oci/runtime.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";
import { containerId } from "./support/builders.ts";

export interface RuntimeSubject {
  readonly runtime: OciRuntime;
  /** A created container whose program sleeps; `ended` resolves when its init is gone. */
  created(name: string): Promise<{ readonly id: ContainerId; readonly ended: Promise<unknown> }>;
  /** A place for a checkpoint, and whether one is there. */
  readonly archive: { readonly location: string; isThere(): boolean };
  dispose(): Promise<void>;
}

const KILL = 9;
const never = new AbortController().signal;

export const ociRuntimeContract = (name: string, options: object, make: () => Promise<RuntimeSubject>): void => {
  describe(`${name} as an OCI runtime`, options, () => {
    let subject: RuntimeSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.dispose());
    const unknown = containerId("unknown");

    it("goes from created by start to running, and by SIGKILL to stopped", async () => {
      const { id, ended } = await subject.created("life");
      assert.equal(await subject.runtime.status(id, never), "created");
      await subject.runtime.start(id, never);
      assert.equal(await subject.runtime.status(id, never), "running");
      await subject.runtime.kill(id, KILL, false, never);
      await ended;
      assert.equal(await subject.runtime.status(id, never), "stopped");
      await subject.runtime.delete(id, never);
      assert.equal(await subject.runtime.status(id, never), undefined);
    });

    it("changes the limits of what is created or runs, and of nothing that it does not know", async () => {
      const { id, ended } = await subject.created("updated");
      const limits = { memory: { limit: 64 << 20, swap: undefined }, cpu: {} };
      await subject.runtime.update(id, limits, never);
      await subject.runtime.start(id, never);
      await subject.runtime.update(id, limits, never);
      await subject.runtime.kill(id, KILL, false, never);
      await ended;
      await subject.runtime.delete(id, never);
      await assert.rejects(subject.runtime.update(unknown, limits, never), { code: "NotFound" });
    });

    it("writes what runs to an archive and lets it run on, or says that it cannot and writes nothing", async () => {
      const { id, ended } = await subject.created("checkpointed");
      const { location, isThere } = subject.archive;
      const image = { rootfsImage: "", rootfsImageRef: "", rootfsImageName: "" };
      const description = { id, name: "", ...image, runtime: "", createdTime: "", checkpointedTime: "" };
      const code = async (): Promise<string> =>
        subject.runtime.checkpoint(id, { location, description }, never).then(
          () => "written",
          (error: { readonly code: string }) => error.code,
        );
      assert.notEqual(await code(), "written");
      await subject.runtime.start(id, never);
      const outcome = await code();
      assert.ok(outcome === "written" || outcome === "Unimplemented", outcome);
      assert.equal(isThere(), outcome === "written");
      assert.equal(await subject.runtime.status(id, never), "running");
      await subject.runtime.delete(id, never);
      await ended;
      await assert.rejects(subject.runtime.checkpoint(unknown, { location, description }, never));
    });

    it("knows nothing of a container that was never created", async () => {
      assert.equal(await subject.runtime.status(unknown, never), undefined);
      await assert.rejects(subject.runtime.start(unknown, never), { code: "NotFound" });
    });

    it("takes it well that what it is to kill or delete is not there", async () => {
      await subject.runtime.kill(unknown, KILL, false, never);
      await subject.runtime.kill(unknown, KILL, true, never);
      await subject.runtime.delete(unknown, never);
      await subject.runtime.delete(unknown, never);
    });

    it("takes it well that a process has ended before it is killed", async () => {
      const { id, ended } = await subject.created("killed-twice");
      await subject.runtime.start(id, never);
      await subject.runtime.kill(id, KILL, false, never);
      await ended;
      await subject.runtime.kill(id, KILL, false, never);
      await subject.runtime.kill(id, KILL, true, never);
    });

    it("deletes a container that was never started, with its init", async () => {
      const { id, ended } = await subject.created("never-started");
      await subject.runtime.delete(id, never);
      await ended;
      assert.equal(await subject.runtime.status(id, never), undefined);
    });

    it("deletes a running container, twice", async () => {
      const { id, ended } = await subject.created("running");
      await subject.runtime.start(id, never);
      await subject.runtime.delete(id, never);
      await ended;
      await subject.runtime.delete(id, never);
    });

    it("does not start a container whose init was killed while it waited", async () => {
      const { id, ended } = await subject.created("killed-waiting");
      await subject.runtime.kill(id, KILL, false, never);
      await ended;
      assert.equal(await subject.runtime.status(id, never), "stopped");
      await assert.rejects(subject.runtime.start(id, never), { code: "NotAllowed" });
      await subject.runtime.delete(id, never);
      assert.equal(await subject.runtime.status(id, never), undefined);
    });

    it("starts no container that was deleted while it ran", async () => {
      const { id, ended } = await subject.created("deleted");
      await subject.runtime.start(id, never);
      await subject.runtime.delete(id, never);
      await ended;
      await assert.rejects(subject.runtime.start(id, never), { code: "NotFound" });
      await subject.runtime.kill(id, KILL, false, never);
    });

    it("refuses to start a container twice", async () => {
      const { id } = await subject.created("started-twice");
      await subject.runtime.start(id, never);
      await assert.rejects(subject.runtime.start(id, never), { code: "NotAllowed" });
    });

    it("gives up at once when called off before", async () => {
      const reason = new Error("called off");
      await assert.rejects(subject.runtime.status(unknown, AbortSignal.abort(reason)), reason);
    });

    it("has nothing to wait for when no command is under way", async () => {
      const { id } = await subject.created("settled");
      await subject.runtime.settle(id, 0);
      assert.equal(await subject.runtime.status(id, never), "created");
    });
  });
};
