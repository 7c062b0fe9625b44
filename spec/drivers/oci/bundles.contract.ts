/** What everybody may expect of bundles, as directories and in the simulator's world: those of containers and of infra processes. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Bundles, BundleRequest } from "../../../src/drivers/oci/bundle.ts";
import type { InfraBundles } from "../../../src/drivers/oci/infra-bundle.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";
import { containerId, sandboxId } from "./support/builders.ts";

export interface BundlesStage {
  readonly bundles: Bundles;
  readonly infraBundles: InfraBundles;
  /** One that can be met. */
  request(id: ContainerId): BundleRequest;
  /** Ids of which a bundle is there. */
  left(): readonly string[];
  /** So many execs have a file in this bundle. */
  execs(id: ContainerId): number;
  dispose(): void;
}

export const bundlesContract = (name: string, make: () => BundlesStage): void => {
  const [one, other] = [containerId("c1"), containerId("c2")];
  const infra = { id: sandboxId("s1"), namespaces: {}, cgroupsPath: "/troupe/troupe-s1" };

  describe(name, () => {
    let stage: BundlesStage;
    let bundles: Bundles;
    beforeEach(() => {
      stage = make();
      ({ bundles } = stage);
    });
    afterEach(() => stage.dispose());

    it("are written, again too, and removed, again too", async () => {
      await bundles.remove(one);
      const { path } = await bundles.write(stage.request(one));
      assert.equal((await bundles.write(stage.request(one))).path, path);
      assert.notEqual((await bundles.write(stage.request(other))).path, path);
      assert.deepEqual(stage.left(), [one, other]);
      for (const id of [one, one, other]) await bundles.remove(id);
      assert.deepEqual(stage.left(), []);
    });

    it("tell what a container's status says of its user and its stop signal", async () => {
      const { user, stopSignal, warnings } = await bundles.write(stage.request(one));
      assert.equal(user.groups[0], user.gid);
      assert.ok(stopSignal > 0 && stopSignal <= 64);
      assert.deepEqual(warnings, []);
    });

    it("take the processes of execs, a file for each, until they or the bundle are removed", async () => {
      const { path } = await bundles.write(stage.request(one));
      const files = [await bundles.writeProcess(one, "e1", ["true"]), await bundles.writeProcess(one, "e2", ["true"])];
      assert.equal(new Set(files).size, 2);
      assert.ok(files.every((file) => file.startsWith(`${path}/`)));
      assert.equal(stage.execs(one), 2);
      for (const exec of ["e1", "e1", "nothing"]) await bundles.removeProcess(one, exec);
      assert.equal(stage.execs(one), 1);
      await bundles.remove(one);
      assert.equal(stage.execs(one), 0);
      await bundles.removeProcess(one, "e2");
    });

    it("that are written anew have nothing of their execs yet", async () => {
      await bundles.write(stage.request(one));
      await bundles.writeProcess(one, "e1", ["true"]);
      await bundles.write(stage.request(one));
      assert.equal(stage.execs(one), 0);
    });

    it("that are not there take no process", async () => {
      await assert.rejects(bundles.writeProcess(one, "e1", ["true"]), { code: "NotFound" });
      assert.equal(stage.execs(one), 0);
    });

    it("of infra processes are written and removed beside them", async () => {
      const { infraBundles } = stage;
      infraBundles.remove(infra.id);
      infraBundles.write(infra);
      infraBundles.write(infra);
      await bundles.write(stage.request(one));
      assert.deepEqual(stage.left(), [one, infra.id]);
      for (const id of [infra.id, infra.id]) infraBundles.remove(id);
      assert.deepEqual(stage.left(), [one]);
      await bundles.remove(one);
    });
  });
};
