/**
 * What everybody may expect of a pull, step by step, of the real images and of the simulator's. What only the real ones have is in
 * `images.contract.ts`: several images, layers that they share, names and digests. The simulation has one image without content,
 * for nothing that it runs looks into one.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Images } from "../../../src/drivers/images/images.ts";
import { Cancelled } from "../../../src/errors.ts";

export interface PullsStage {
  readonly images: Images;
  /** Of an image that a registry has, and this node has not. */
  readonly reference: string;
  /** The daemon is gone without a word, and another begins on the same disk, in the same boot. */
  restart(): Promise<Images>;
  /** Things on the disk that belong to no image. */
  left(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const never = new AbortController().signal;

export const pullsContract = (
  name: string,
  start: () => Promise<PullsStage>,
  options: { readonly skip?: string } = {},
): void => {
  describe(name, options, () => {
    let stage: PullsStage;
    let images: Images;
    let reference: string;
    beforeEach(async () => {
      stage = await start();
      ({ images, reference } = stage);
    });
    afterEach(async () => {
      await images.remove(reference);
      assert.deepEqual([images.list(), await stage.left()], [[], []]);
      await stage.stop();
    });

    const steps = (pullId: string): readonly (() => Promise<unknown>)[] => [
      () => images.resolve({ pullId, reference }, never),
      () => images.fetch(pullId, () => {}, never),
      () => images.unpack(pullId, never),
    ];
    const begin = async (pullId: string, count = 3): Promise<void> => {
      for (const step of steps(pullId).slice(0, count)) await step();
    };

    it("brings an image, which is there when it is committed and not before", async () => {
      const { imageId, layers, bytesToFetch } = await images.resolve({ pullId: "p", reference }, never);
      assert.ok(layers > 0 && bytesToFetch > 0);
      await images.fetch("p", () => {}, never);
      await images.unpack("p", never);
      assert.equal(images.find(reference), undefined);
      assert.deepEqual(images.list(), []);
      const image = await images.commit("p");
      assert.equal(image.id, imageId);
      for (const known of [reference, image.id]) assert.deepEqual(images.find(known), image);
      assert.deepEqual(images.list(), [image]);
      assert.deepEqual(images.config(image.id), image.config);
      assert.equal(images.layers(image.id).length, layers);
      assert.deepEqual(await stage.left(), []);
    });

    it("can be repeated, also after the image was removed", async () => {
      await begin("p");
      const image = await images.commit("p");
      await begin("q");
      assert.deepEqual(await images.commit("q"), image);
      await images.remove(reference);
      await images.remove(reference);
      assert.equal(images.find(reference), undefined);
      await begin("r");
      assert.equal((await images.commit("r")).id, image.id);
    });

    it("leaves nothing when it is discarded, at whatever step, and again", async () => {
      for (const count of [1, 2, 3]) {
        await begin("p", count);
        await images.discard("p");
        await images.discard("p");
        assert.deepEqual(await stage.left(), []);
      }
      assert.equal(images.find(reference), undefined);
      await images.discard("nothing");
    });

    it("does nothing when it is discarded after its commit", async () => {
      await begin("p");
      const image = await images.commit("p");
      await images.discard("p");
      assert.deepEqual(images.find(reference), image);
    });

    it("is known to its steps from the first on, and until it is over", async () => {
      const others = [...steps("p").slice(1), () => images.commit("p")];
      for (const step of others) await assert.rejects(step(), { code: "NotFound" });
      await begin("p");
      await images.commit("p");
      for (const step of others) await assert.rejects(step(), { code: "NotFound" });
    });

    it("is not committed before its layers are unpacked", async () => {
      await begin("p", 2);
      await assert.rejects(images.commit("p"), { code: "Failed" });
      assert.equal(images.find(reference), undefined);
      await images.discard("p");
    });

    it("may go on beside another one of the same image", async () => {
      await Promise.all([begin("p"), begin("q")]);
      const [one, other] = await Promise.all([images.commit("p"), images.commit("q")]);
      assert.equal(one.id, other.id);
      assert.equal(images.list().length, 1);
    });

    it("ends with the reason for which it was called off, and can be taken up again", async () => {
      const off = AbortSignal.abort(new Cancelled("nobody waits for it"));
      await assert.rejects(images.resolve({ pullId: "p", reference }, off), { code: "Cancelled" });
      await begin("p", 1);
      await assert.rejects(
        images.fetch("p", () => {}, off),
        { code: "Cancelled" },
      );
      await images.fetch("p", () => {}, never);
      await assert.rejects(images.unpack("p", off), { code: "Cancelled" });
      await images.unpack("p", never);
      await images.commit("p");
    });

    it("of an earlier daemon is over, and leaves nothing; what it had committed stays", async () => {
      await begin("p");
      const image = await images.commit("p");
      await images.remove(reference);
      await begin("q");
      images = await stage.restart();
      assert.deepEqual([images.list(), await stage.left()], [[], []]);
      await assert.rejects(images.commit("q"), { code: "NotFound" });
      await begin("r");
      await images.commit("r");
      images = await stage.restart();
      assert.deepEqual(images.find(reference)?.id, image.id);
    });
  });
};
