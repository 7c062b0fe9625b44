/** The charts that a tree runs, as far as whoever counts needs them: every state, every edge, every slot. */
import type { AnyActorLogic } from "xstate";
import { edgesOf, nodesBelow, type Edge, type StateNode } from "../machines/edges.ts";

export interface ChartedState {
  /** `stopping.waiting` */
  readonly path: string;
  /** What is called in this state; undefined: nothing. */
  readonly slot: string | undefined;
}
export interface Chart {
  readonly kind: string;
  /** The path of the state that it begins in. */
  readonly initial: string;
  readonly states: readonly ChartedState[];
  readonly edges: readonly Edge[];
}

/** `logic` is a machine, perhaps in a dress. */
export const chartOf = (kind: string, logic: AnyActorLogic): Chart => {
  const { root } = logic as unknown as { root: StateNode };
  const nodes = nodesBelow(root);
  return {
    kind,
    initial: root.initial.target?.[0]?.path.join(".") ?? "",
    states: nodes
      .filter(({ path }) => path.length > 0)
      .map(({ path, invoke }) => ({ path: path.join("."), slot: invoke[0]?.src })),
    edges: nodes.flatMap(edgesOf),
  };
};
