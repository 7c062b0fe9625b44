/** A chart with places: made at the build (scripts/page/layout.ts), drawn by the page. */

/** In pixels, from the drawing's upper left. */
export type Point = readonly [x: number, y: number];

export interface DrawnState {
  readonly path: string;
  readonly at: Point;
  readonly size: Point;
}

/** All edges between the same two states. */
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** As the chart names them. */
  readonly names: readonly string[];
  /** Each once. */
  readonly events: readonly string[];
  readonly points: readonly Point[];
  readonly label?: { readonly text: string; readonly at: Point };
}

export interface DrawnChart {
  readonly size: Point;
  /** Outer ones before those in them. */
  readonly states: readonly DrawnState[];
  readonly edges: readonly DrawnEdge[];
}
