/** The images of a simulated node: one image, which pulls bring again; and the registry behind it. */
import type { Images } from "../../drivers/images/images.ts";
import { Failed, NotFound } from "../../errors.ts";
import type { Image, ImageId } from "../../vocabulary/index.ts";
import type { Node } from "./node.ts";

const id = `sha256:${"1".repeat(64)}` as ImageId;
const config = {
  user: "",
  env: [],
  entrypoint: [],
  cmd: ["true"],
  workingDir: "/",
  stopSignal: "",
  volumes: [],
  labels: {},
};
export const simulatedImage: Image = {
  id,
  repoTags: ["registry.test/image:1"],
  ...{ repoDigests: [], sizeBytes: 1, diffIds: [], config, pinned: false },
};

export const simulatedImages = (node: Node): Images => {
  /** The daemon's own, by the step that they have come to. */
  const pulls = new Map<string, "resolved" | "fetched" | "unpacked">();
  const know = (pullId: string): void => {
    if (!pulls.has(pullId)) throw new NotFound("image pull", pullId);
  };
  const found = (): Image | undefined => (node.hasImage ? simulatedImage : undefined);
  return {
    resolve: ({ pullId }, signal) =>
      node.operation(
        "images.resolve",
        pullId,
        () => {
          pulls.set(pullId, "resolved");
          return { imageId: id, layers: 1, bytesToFetch: 1 };
        },
        { signal },
      ),
    fetch: (pullId, _, signal) =>
      node.operation(
        "images.fetch",
        pullId,
        () => {
          know(pullId);
          pulls.set(pullId, "fetched");
          node.ledger.put("pull", pullId);
        },
        { signal },
      ),
    unpack: (pullId, signal) =>
      node.operation(
        "images.unpack",
        pullId,
        () => {
          know(pullId);
          if (pulls.get(pullId) === "fetched") pulls.set(pullId, "unpacked");
        },
        { signal },
      ),
    commit: (pullId) =>
      node.operation("images.commit", pullId, () => {
        know(pullId);
        if (pulls.get(pullId) !== "unpacked") throw new Failed("the layer was not unpacked before the image's commit");
        pulls.delete(pullId);
        node.ledger.drop("pull", pullId);
        node.hasImage = true;
        return simulatedImage;
      }),
    discard: (pullId) =>
      node.operation("images.discard", pullId, () => {
        pulls.delete(pullId);
        node.ledger.drop("pull", pullId);
      }),
    find: found,
    list: () => (node.hasImage ? [simulatedImage] : []),
    layers: () => (node.hasImage ? ["/layer"] : []),
    config: () => found()?.config,
    remove: async () => {
      node.hasImage = false;
    },
    hold: () => {},
    release: () => {},
    usage: () => Promise.resolve({ mountpoint: "/", usedBytes: 0, inodesUsed: 0, atNs: "0" }),
    // What unfinished pulls of an earlier daemon left goes when the store is opened.
    open: () => {
      for (const thing of node.ledger.all()) if (thing.startsWith("pull ")) node.ledger.drop("pull", thing.slice(5));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
};
