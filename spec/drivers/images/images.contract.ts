/**
 * What everybody may expect of several `Images`: names, digests, the layers that they share, and what removal and containers do
 * to those. Only the real driver keeps it; of a single pull see `pulls.contract.ts`, which says why.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Images } from "../../../src/drivers/images/images.ts";
import type { Image, ImageId } from "../../../src/vocabulary/index.ts";

export interface ImagesStage {
  readonly images: Images;
  /** A host that `publish` reaches: `127.0.0.1:5000`. */
  readonly host: string;
  /** From now on a registry has such an image; layers of the same name are the same. The command makes the image's id. */
  publish(reference: string, layers: readonly string[], command: string): Promise<void>;
  /** The daemon is gone without a word, and another begins on the same disk, in the same boot. */
  restart(): Promise<Images>;
  /** Everything that was begun in the background has ended. */
  settled(): Promise<void>;
  /** Whether a directory of layers is there. */
  isThere(layer: string): boolean;
  stop(): Promise<void>;
}

const never = new AbortController().signal;

export const pull = async (images: Images, reference: string, pullId = reference): Promise<Image> => {
  await images.resolve({ pullId, reference }, never);
  await images.fetch(pullId, () => {}, never);
  await images.unpack(pullId, never);
  return images.commit(pullId);
};

export const imagesContract = (start: () => Promise<ImagesStage>, options: { readonly skip?: string } = {}): void => {
  describe("images", options, () => {
    let stage: ImagesStage;
    let images: Images;
    let base: string;
    before(async () => {
      stage = await start();
      images = stage.images;
      base = `${stage.host}/specs`;
    });
    after(() => stage.stop());

    it("are there under all their names once they are committed, and not before", async () => {
      const reference = `${base}/named:v1`;
      await stage.publish(reference, ["bottom", "top"], "named");
      const { imageId, layers, bytesToFetch } = await images.resolve({ pullId: "p", reference }, never);
      assert.equal(layers, 2);
      assert(bytesToFetch > 0);
      let fetched = 0;
      await images.fetch("p", (bytes) => (fetched = bytes), never);
      assert.equal(fetched, bytesToFetch);
      await images.unpack("p", never);
      assert.equal(images.find(reference), undefined);
      const image = await images.commit("p");
      assert.equal(image.id, imageId);
      assert.deepEqual(image.repoTags, [reference]);
      assert.deepEqual(image.config.cmd, ["named"]);
      assert(image.sizeBytes > 0);
      for (const name of [reference, image.repoDigests[0] ?? "", image.id, image.id.slice(7), image.id.slice(7, 19)]) {
        assert.deepEqual(images.find(name), image);
      }
      assert.deepEqual(images.config(image.id), image.config);
      assert.equal(images.layers(image.id).length, 2);
      assert(images.layers(image.id).every((layer) => stage.isThere(layer)));
    });

    it("that are looked for by other names are absent; what is no name is Invalid", () => {
      for (const absent of [`${base}/named:v2`, "sha256:" + "0".repeat(64), "0".repeat(64), "nothing"])
        assert.equal(images.find(absent), undefined);
      assert.throws(() => images.find("No Name"), { name: "Invalid" });
      assert.deepEqual(images.layers("sha256:none" as ImageId), []);
      assert.equal(images.config("sha256:none" as ImageId), undefined);
    });

    it("share the layers that are equal, which are not fetched again", async () => {
      await stage.publish(`${base}/shared:v1`, ["bottom", "top"], "shared");
      const { bytesToFetch } = await images.resolve({ pullId: "s", reference: `${base}/shared:v1` }, never);
      assert.equal(bytesToFetch, 0);
      await images.discard("s");
      const shared = await pull(images, `${base}/shared:v1`);
      const named = images.find(`${base}/named:v1`) as Image;
      assert.notEqual(shared.id, named.id);
      assert.deepEqual(images.layers(shared.id), images.layers(named.id));
      await images.remove(`${base}/shared:v1`);
      await stage.settled();
      assert(images.layers(named.id).every((layer) => stage.isThere(layer)));
    });

    it("lose a tag to the image that has it now, and can still be had by id and digest", async () => {
      const reference = `${base}/moving:latest`;
      await stage.publish(reference, ["bottom"], "old");
      const old = await pull(images, reference);
      await stage.publish(reference, ["bottom"], "new");
      const moved = await pull(images, reference);
      assert.equal(images.find(reference)?.id, moved.id);
      assert.deepEqual(images.find(old.id)?.repoTags, []);
      assert.equal(images.find(old.repoDigests[0] ?? "")?.id, old.id);
      await images.remove(old.id);
      await images.remove(moved.id);
    });

    it("collect the names under which they were pulled, and go with all of them", async () => {
      await stage.publish(`${base}/one:v1`, ["one"], "same");
      await stage.publish(`${base}/two:v1`, ["one"], "same");
      const one = await pull(images, `${base}/one:v1`);
      const both = await pull(images, `${base}/two:v1`);
      assert.equal(one.id, both.id);
      assert.deepEqual(both.repoTags.toSorted(), [`${base}/one:v1`, `${base}/two:v1`]);
      assert.equal(images.list().filter(({ id }) => id === one.id).length, 1);
      const layers = images.layers(one.id);
      await images.remove(`${base}/one:v1`);
      await stage.settled();
      assert.equal(images.find(`${base}/two:v1`), undefined);
      assert(layers.every((layer) => !stage.isThere(layer)));
      await images.remove(`${base}/one:v1`);
    });

    it("by digest have that name and no tag", async () => {
      await stage.publish(`${base}/digest:v1`, ["bottom"], "digest");
      const tagged = await pull(images, `${base}/digest:v1`);
      const digest = tagged.repoDigests[0] ?? "";
      await images.remove(tagged.id);
      const image = await pull(images, digest);
      assert.deepEqual([image.id, image.repoTags, image.repoDigests], [tagged.id, [], [digest]]);
      await images.remove(image.id);
    });

    it("that a container holds keep their layers over removal, until it lets go", async () => {
      await stage.publish(`${base}/held:v1`, ["held"], "held");
      const { id } = await pull(images, `${base}/held:v1`);
      const layers = images.layers(id);
      images.hold(id, "container-1");
      images.hold(id, "container-2");
      await images.remove(id);
      assert.equal(images.find(id), undefined);
      assert(!images.list().some((image) => image.id === id));
      images.release("container-1");
      await stage.settled();
      assert(layers.every((layer) => stage.isThere(layer)));
      images.release("container-2");
      images.release("container-2");
      await stage.settled();
      assert(layers.every((layer) => !stage.isThere(layer)));
    });

    it("are still what they were when the daemon comes back, held layers too", async () => {
      await stage.publish(`${base}/held:v2`, ["held again"], "held again");
      const { id } = await pull(images, `${base}/held:v2`);
      const layers = images.layers(id);
      images.hold(id, "container-3");
      await images.remove(id);
      const known = images.list();
      images = await stage.restart();
      await stage.settled();
      assert.deepEqual(images.list(), known);
      assert.deepEqual(images.layers(id), layers);
      assert(layers.every((layer) => stage.isThere(layer)));
      images.release("container-3");
      await stage.settled();
      assert(layers.every((layer) => !stage.isThere(layer)));
    });

    it("are had again by the same steps after removal and while they are held", async () => {
      await stage.publish(`${base}/again:v1`, ["again"], "again");
      const { id } = await pull(images, `${base}/again:v1`);
      images.hold(id, "container-4");
      await images.remove(id);
      const { bytesToFetch } = await images.resolve({ pullId: "again", reference: `${base}/again:v1` }, never);
      assert.equal(bytesToFetch, 0);
      await images.discard("again");
      await pull(images, `${base}/again:v1`);
      images.release("container-4");
      await stage.settled();
      assert(images.layers(id).every((layer) => stage.isThere(layer)));
      await images.remove(id);
    });

    it("are pulled twice at once without harm", async () => {
      await stage.publish(`${base}/twice:v1`, ["twice", "twice more"], "twice");
      const [first, second] = await Promise.all([
        pull(images, `${base}/twice:v1`, "t1"),
        pull(images, `${base}/twice:v1`, "t2"),
      ]);
      assert.equal(first.id, second.id);
      await stage.settled();
      const [layer] = images.layers(first.id);
      assert(stage.isThere(layer ?? ""));
      await images.remove(first.id);
    });

    it("that no registry has are NotFound, and from a registry that is down RegistryUnavailable", async () => {
      await assert.rejects(images.resolve({ pullId: "n", reference: `${base}/nothing:v1` }, never), {
        code: "NotFound",
      });
      await assert.rejects(images.resolve({ pullId: "n", reference: "127.0.0.1:1/x" }, never), {
        code: "Unavailable",
        message: /^RegistryUnavailable: /,
      });
      await assert.rejects(images.resolve({ pullId: "n", reference: "No Name" }, never), { code: "Invalid" });
    });

    it("whose pull is called off are Cancelled", async () => {
      await stage.publish(`${base}/off:v1`, ["off"], "off");
      const off = AbortSignal.abort();
      await assert.rejects(images.resolve({ pullId: "o", reference: `${base}/off:v1` }, off), { code: "Cancelled" });
      await images.resolve({ pullId: "o", reference: `${base}/off:v1` }, never);
      await assert.rejects(
        images.fetch("o", () => {}, off),
        { code: "Cancelled" },
      );
      await images.fetch("o", () => {}, never);
      await assert.rejects(images.unpack("o", off), { code: "Cancelled" });
      await images.unpack("o", never);
      await images.discard("o");
    });

    it("count what they use", async () => {
      for (const { id } of images.list()) await images.remove(id);
      const { usedBytes, inodesUsed } = await images.usage();
      assert.deepEqual([usedBytes, inodesUsed], [0, 0]);
      await stage.publish(`${base}/counted:v1`, ["counted"], "counted");
      const image = await pull(images, `${base}/counted:v1`);
      const used = await images.usage();
      assert.equal(used.usedBytes, image.sizeBytes);
      assert(used.inodesUsed > 0 && BigInt(used.atNs) > 0n);
      await images.remove(image.id);
    });
  });
};
