/** The charts that a tree runs, as far as whoever counts needs them: every state, every edge, every slot. */
import type { AnyActorLogic } from "xstate";

/** XState's own shapes, of which its types say too much or nothing. */
interface Edge {
  readonly eventType: string;
  readonly target?: readonly { readonly path: readonly string[] }[] | undefined;
}
interface StateNode {
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, StateNode>>;
  readonly transitions: ReadonlyMap<string, readonly Edge[]>;
  readonly always?: readonly Edge[] | undefined;
  readonly invoke: readonly { readonly src: string }[];
  readonly initial: Edge;
}

export interface ChartedState {
  /** `stopping.waiting` */
  readonly path: string;
  /** What is called in this state; undefined: nothing. */
  readonly slot: string | undefined;
}
export interface ChartedEdge {
  /** `stopping.waiting --stop[0]-> stopping.noting` */
  readonly name: string;
  /** The path of the state that it leads out of; empty: out of any. */
  readonly from: string;
  /** XState's definition, by which a transition that is taken is known again. */
  readonly definition: object;
}
export interface Chart {
  readonly kind: string;
  /** The path of the state that it begins in. */
  readonly initial: string;
  readonly states: readonly ChartedState[];
  readonly edges: readonly ChartedEdge[];
}

/** XState's events in words: `done`, `failed`, `at once`. */
const told = (event: string): string => {
  if (event === "") return "at once";
  return event.replace(/^xstate\.done\.actor\..+/, "done").replace(/^xstate\.error\.actor\..+/, "failed");
};

const edgesOf = ({ path, transitions, always = [] }: StateNode): ChartedEdge[] =>
  [...[...transitions.values()].filter((edges) => edges !== always), always].flatMap((edges) =>
    edges.map((definition, n) => {
      const choice = edges.length > 1 ? `[${n}]` : "";
      const target = definition.target?.map((one) => one.path.join(".")).join("|") ?? "";
      const from = path.length > 0 ? path.join(".") : "anywhere";
      return {
        name: `${from} --${told(definition.eventType)}${choice}-> ${target || "(stays)"}`,
        from: path.join("."),
        definition,
      };
    }),
  );

const below = (node: StateNode): StateNode[] => [node, ...Object.values(node.states).flatMap(below)];

/** `logic` is a machine, perhaps in a dress. */
export const chartOf = (kind: string, logic: AnyActorLogic): Chart => {
  const { root } = logic as unknown as { root: StateNode };
  const nodes = below(root);
  return {
    kind,
    initial: root.initial.target?.[0]?.path.join(".") ?? "",
    states: nodes
      .filter(({ path }) => path.length > 0)
      .map(({ path, invoke }) => ({ path: path.join("."), slot: invoke[0]?.src })),
    edges: nodes.flatMap(edgesOf),
  };
};
