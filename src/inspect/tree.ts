/** The supervisors' tree of a picture as rows: each actor behind its owner. */
import type { Picture, PicturedActor } from "./picture.ts";

export interface Branch {
  readonly actor: PicturedActor;
  readonly depth: number;
  /** How many it owns. */
  readonly children: number;
}

/** Those below a folded one are left out. */
export const treeOf = (picture: Picture, folded: ReadonlySet<string>): readonly Branch[] => {
  const below = new Map<string, PicturedActor[]>();
  const roots: PicturedActor[] = [];
  for (const actor of picture.actors.values()) {
    const { parent } = actor;
    // Who has an owner that is not recorded stands by itself.
    if (parent === undefined || !picture.actors.has(parent)) roots.push(actor);
    else if (below.has(parent)) below.get(parent)!.push(actor);
    else below.set(parent, [actor]);
  }
  const rows: Branch[] = [];
  const add = (actor: PicturedActor, depth: number): void => {
    const children = below.get(actor.id) ?? [];
    rows.push({ actor, depth, children: children.length });
    if (!folded.has(actor.id)) for (const child of children) add(child, depth + 1);
  };
  for (const root of roots) add(root, 0);
  return rows;
};
