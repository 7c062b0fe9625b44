/** What every Rootfs does, on the disk or in the simulator's world. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Rootfs } from "../../../src/drivers/storage/rootfs.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";

export interface RootfsUnderTest {
  readonly rootfs: Rootfs;
  /** Layers that can be mounted, topmost first. */
  readonly layers: readonly string[];
}

export const rootfsContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => RootfsUnderTest,
): void => {
  const first = "1".repeat(64) as ContainerId;
  const second = "2".repeat(64) as ContainerId;

  describe(name, options, () => {
    const { rootfs, layers } = make();
    afterEach(async () => {
      for (const id of await rootfs.list()) await rootfs.unmount(id);
      assert.deepEqual(await rootfs.list(), []);
    });

    it("mounts where it said it would", async () => {
      assert.equal(await rootfs.mount(first, layers), rootfs.path(first));
    });

    it("lists what has been mounted, until it is unmounted", async () => {
      await rootfs.mount(first, layers);
      await rootfs.mount(second, layers);
      assert.deepEqual((await rootfs.list()).toSorted(), [first, second]);
      await rootfs.unmount(first);
      assert.deepEqual(await rootfs.list(), [second]);
    });

    it("mounts no layers at all, and the same one twice", async () => {
      await rootfs.mount(first, []);
      await rootfs.mount(second, [...layers, ...layers]);
    });

    it("unmounts as often as one likes", async () => {
      await rootfs.unmount(first);
      await rootfs.mount(first, layers);
      await rootfs.unmount(first);
      await rootfs.unmount(first);
    });
  });
};
