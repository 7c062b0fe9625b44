/** Which image of an index is for this machine. */
import { Failed } from "../../errors.ts";
import type { ImageIndex, Instance } from "./manifest.ts";

export interface Platform {
  /** As Go names it: amd64, arm64. */
  readonly architecture: string;
  /** Variants that run here, best first; "" is an instance that names none. */
  readonly variants: readonly string[];
}

const platforms: Readonly<Record<string, Platform>> = {
  x64: { architecture: "amd64", variants: ["", "v1"] },
  arm64: { architecture: "arm64", variants: ["v8", ""] },
};

/** `arch` as in `process.arch`. */
export const platformOf = (arch: string): Platform => platforms[arch] ?? { architecture: arch, variants: [""] };

const aliases: Readonly<Record<string, string>> = { x86_64: "amd64", "x86-64": "amd64", aarch64: "arm64" };

/** The first one of the best variant. Throws Failed, naming what there is. */
export const chooseInstance = ({ instances }: ImageIndex, platform: Platform): Instance => {
  const fitting = instances.filter(
    ({ os, architecture }) => os === "linux" && (aliases[architecture] ?? architecture) === platform.architecture,
  );
  for (const variant of platform.variants) {
    const found = fitting.find((instance) => instance.variant === variant);
    if (found) return found;
  }
  const there = instances.map(({ os, architecture, variant }) => [os, architecture, variant].filter(Boolean).join("/"));
  const known = [...new Set(there)].filter((name) => name !== "" && name !== "unknown/unknown").slice(0, 20);
  throw new Failed(
    `there is no image for linux/${platform.architecture}, only for ${known.join(", ").slice(0, 500) || "platforms without a name"}`,
  );
};
