import { pullsContract } from "../../drivers/images/pulls.contract.ts";
import { simulatedImage, simulatedImages } from "../../../src/fuzz/world/images.ts";
import { eagerNode } from "./quiet-node.ts";

pullsContract("a simulated pull", async () => {
  const node = eagerNode();
  node.hasImage = false;
  return {
    images: simulatedImages(node),
    reference: simulatedImage.repoTags[0] ?? "",
    restart: async () => {
      const images = simulatedImages(node);
      await images.open();
      return images;
    },
    left: async () => node.ledger.all(),
    stop: async () => {},
  };
});
