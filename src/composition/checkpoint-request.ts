/** What a checkpoint says of its container, in the words of CRI-O's archives: so that their readers read ours. */
import type { CheckpointRequest } from "../drivers/oci/runtime.ts";
import { Failed } from "../errors.ts";
import type { ContainerEntry } from "../supervisors/books.ts";
import { rfc3339 } from "../vocabulary/index.ts";

/** Throws Failed where none was announced. */
export const checkpointOf = ({
  id,
  config,
  handler,
  imageId,
  imageRef,
  createdAt,
  checkpoint,
}: ContainerEntry): CheckpointRequest => {
  if (!checkpoint) throw new Failed(`no checkpoint was announced for container ${id}`);
  return {
    location: checkpoint.location,
    description: {
      id,
      name: config.name,
      rootfsImage: imageId,
      rootfsImageRef: imageRef,
      rootfsImageName: config.userSpecifiedImage || config.image,
      runtime: handler,
      createdTime: rfc3339(createdAt),
      checkpointedTime: rfc3339(checkpoint.at),
    },
  };
};
