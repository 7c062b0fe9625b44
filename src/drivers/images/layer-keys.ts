/** The names under which unpacked layers stand in the store. */
import { createHash } from "node:crypto";
import type { DiffId } from "../../vocabulary/index.ts";
import { hexOf } from "./digest.ts";

export interface LayerKeys {
  /** For a layer that looks the same over any other. */
  readonly alone: string;
  /** For one whose shape depends on those below. */
  readonly chained: string;
}

/** Of each layer, bottom first. image-spec config.md: ChainID(n) = SHA256(ChainID(n - 1) + " " + DiffID(n)). */
export const layerKeys = (diffIds: readonly DiffId[]): readonly LayerKeys[] => {
  let chainId = "";
  return diffIds.map((diffId) => {
    const chained = chainId === "" ? diffId : sha256(`${chainId} ${diffId}`);
    chainId = chained;
    return { alone: hexOf(diffId), chained: `chain-${hexOf(chained)}` };
  });
};

const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
