/** Charts as XState keeps them, for specs that look at every state. */
export interface Edge {
  readonly target?: readonly Node[] | undefined;
  readonly actions: readonly (string | { readonly type: string })[];
  readonly guard?: unknown;
}
export interface Node {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly parent?: Node;
  readonly states: Readonly<Record<string, Node>>;
  readonly tags: readonly string[];
  readonly description?: string | undefined;
  readonly meta?: object;
  readonly invoke: readonly { readonly src: string }[];
  readonly transitions: ReadonlyMap<string, readonly Edge[]>;
  readonly always?: readonly Edge[];
}

export const allStates = (root: Node): Node[] =>
  Object.values(root.states).flatMap((node) => [node, ...allStates(node)]);
export const leaves = (root: Node): Node[] => allStates(root).filter(({ states }) => Object.keys(states).length === 0);

export const invokedBy = ({ invoke }: Node): string[] => invoke.map(({ src }) => src);
/** Events that the state or one above it takes. */
export const eventsTakenBy = (node: Node): string[] => [
  ...[...node.transitions.keys()].filter((event) => !event.startsWith("xstate.")),
  ...(node.parent ? eventsTakenBy(node.parent) : []),
];

/** It does not go on by itself: something has to come. */
export const isWaiting = (node: Node): boolean => {
  if (Object.keys(node.states).length > 0 || node.type === "final") return false;
  const goesOn = (node.always ?? []).some(({ guard }) => guard === undefined);
  return !goesOn && !node.tags.includes("settled");
};

const nameOf = (action: string | { readonly type: string }): string =>
  typeof action === "string" ? action : action.type;
const isNothing = ({ target, actions }: Edge): boolean =>
  !target && actions.every((action) => nameOf(action) === "nothingToDo");

/** How a state takes an event: goes on to another (`→`), notes it (`n`), ignores it on purpose (`i`), refuses it (`-`). */
export const cell = (node: Node, event: string): "→" | "n" | "i" | "-" => {
  for (let at: Node | undefined = node; at; at = at.parent) {
    const edges = at.transitions.get(event);
    if (!edges) continue;
    if (edges.some(({ target }) => target)) return "→";
    return edges.every(isNothing) ? "i" : "n";
  }
  return "-";
};

/** State × event, one line a state: what a table spec compares with what it expects. */
export const tableOf = (root: Node, events: readonly string[]): string => {
  const states = leaves(root);
  const width = Math.max(...states.map(({ path }) => path.join(".").length));
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(width)}  ${cells.join("  ")}`.trimEnd();
  const header = line("", events);
  const rows = states.map((node) =>
    line(
      node.path.join("."),
      events.map((event) => cell(node, event).padEnd(event.length)),
    ),
  );
  return [header, ...rows].join("\n");
};
