/** Nobody reads figures in the simulation: they decide nothing. What the hands tell of them is heard and forgotten. */
import type { Figures } from "../../drivers/figures/figures.ts";

export const noFigures: Figures = {
  container: () => ({}),
  details: () => ({ devices: [], hugePages: [] }),
  pod: () => ({}),
  network: () => undefined,
  layer: () => undefined,
  layersKnown: () => Promise.resolve(),
  forget: () => {},
  close: () => {},
};
