/** What people call the object of an actor, in a line of text. */
import type { Name } from "../inspect/record.ts";

/** As far as it has such names: clients choose them, and a line is to stay one. */
export const wordsOf = ({ namespace = "", pod, container, image }: Name): string =>
  [pod && `pod ${namespace}/${pod}`, container && `container ${container}`, image && `image ${image}`]
    .filter(Boolean)
    .join(", ")
    .replaceAll(/\p{Cc}/gu, "?");
