/** For who answers calls and has no node: nothing can be read. */
import type { Figures } from "../../src/supervisors/figures.ts";

export const noFigures: Figures = {
  container: () => ({}),
  pod: () => ({}),
  details: () => ({ devices: [], hugePages: [] }),
  layersKnown: () => Promise.resolve(),
};
