/** Images that a container uses: its own, and those that it has as volumes. What is held keeps its layers when it is removed. */
import type { Images } from "../drivers/images/images.ts";
import type { ContainerEntry } from "../supervisors/books.ts";
import type { ImageId } from "../vocabulary/index.ts";

type Used = Pick<ContainerEntry, "id" | "imageId" | "volumeImages">;

/** The images of its volumes, in the order of its mounts. */
export const volumeImagesOf = ({ config, volumeImages = {} }: ContainerEntry): readonly ImageId[] =>
  config.mounts.flatMap(({ image }) => (image && volumeImages[image.image]) ?? []);

export const imagesOf = ({ imageId, volumeImages = {} }: Used): readonly ImageId[] => [
  imageId,
  ...new Set(Object.values(volumeImages)),
];

/** A holder holds one image. */
const holders = (entry: Used): readonly (readonly [string, ImageId])[] =>
  imagesOf(entry).map((image, index) => [index === 0 ? entry.id : `${entry.id}/${index}`, image]);

export const holdImages = (images: Images, entry: Used): void => {
  for (const [holder, image] of holders(entry)) images.hold(image, holder);
};

export const releaseImages = (images: Images, entry: Used): void => {
  for (const [holder] of holders(entry)) images.release(holder);
};
