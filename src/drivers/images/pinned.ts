/** `pinned_images`: which images the kubelet is told to leave alone when it makes room. */
import type { Image } from "../../vocabulary/index.ts";

/**
 * By any of its names, in either case: `registry.k8s.io/pause:3.10` is that one, `registry.k8s.io/*` what begins so, `*pause*`
 * what has it anywhere.
 */
export const isPinned = ({ repoTags, repoDigests }: Image, patterns: readonly string[]): boolean => {
  const names = [...repoTags, ...repoDigests].map((name) => name.toLowerCase());
  return patterns.some((pattern) => {
    const [, open = "", word = "", end = ""] = /^(\*?)(.*?)(\*?)$/.exec(pattern.toLowerCase()) ?? [];
    // A star before the word alone is part of no name.
    if (word === "" || (open !== "" && end === "")) return false;
    return names.some((name) => (open ? name.includes(word) : end ? name.startsWith(word) : name === word));
  });
};
