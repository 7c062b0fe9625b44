/** The edges of a chart with their names, for whoever counts, draws or compares them. */

/** XState's own shapes, of which its types say too much or nothing. */
export interface StateNode {
  readonly key: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, StateNode>>;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always?: readonly Transition[] | undefined;
  readonly invoke: readonly { readonly src: string }[];
  readonly initial: Transition;
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly tags: readonly string[];
  readonly meta?: unknown;
  readonly description?: string | undefined;
}
export interface Transition {
  readonly eventType: string;
  readonly target?: readonly { readonly path: readonly string[] }[] | undefined;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
}

export interface Edge {
  /** `stopping.waiting --stop[0]-> stopping.noting` */
  readonly name: string;
  /** The path of the state that it leads out of; empty: out of any. */
  readonly from: string;
  /** XState's definition, by which a transition that is taken is known again. */
  readonly definition: Transition;
}

/** XState's events in words: `done`, `failed`, `at once`. */
export const eventInWords = (event: string): string => {
  if (event === "") return "at once";
  return event.replace(/^xstate\.done\.actor\..+/, "done").replace(/^xstate\.error\.actor\..+/, "failed");
};

/** Those that lead out of this very state. */
export const edgesOf = ({ path, transitions, always = [] }: StateNode): readonly Edge[] =>
  [...[...transitions.values()].filter((edges) => edges !== always), always].flatMap((edges) =>
    edges.map((definition, n) => {
      const choice = edges.length > 1 ? `[${n}]` : "";
      const target = definition.target?.map((one) => one.path.join(".")).join("|") ?? "";
      const from = path.length > 0 ? path.join(".") : "anywhere";
      return {
        name: `${from} --${eventInWords(definition.eventType)}${choice}-> ${target || "(stays)"}`,
        from: path.join("."),
        definition,
      };
    }),
  );

/** A node and all below it. */
export const nodesBelow = (node: StateNode): readonly StateNode[] => [
  node,
  ...Object.values(node.states).flatMap(nodesBelow),
];
