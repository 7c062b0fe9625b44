/** A machine as a Mermaid state diagram, from the chart that runs. */
import { named } from "../inspect/charts.ts";
import { eventInWords } from "../machines/edges.ts";

/** What of XState's state nodes is drawn. */
export interface Chart {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, Chart>>;
  readonly initial: { readonly target: readonly Chart[] };
  readonly transitions: ReadonlyMap<string, readonly Edge[]>;
  readonly always?: readonly Edge[];
  readonly description?: string | undefined;
  readonly meta?: { readonly waitsFor: string; readonly bound: string };
}
interface Edge {
  readonly target?: readonly Chart[] | undefined;
  readonly guard?: unknown;
}

const nameOf = ({ path }: Chart): string => path.join("_") || "root";
const edgesOf = (node: Chart): string[] => {
  const draw = (event: string, { target, guard }: Edge): string[] =>
    (target ?? []).map((to) => {
      const label = [event, guard ? `[${named(guard)}]` : ""].filter(Boolean).join(" ");
      return `${nameOf(node)} --> ${nameOf(to)}${label ? `: ${label}` : ""}`;
    });
  const on = [...node.transitions].flatMap(([event, edges]) =>
    edges.flatMap((edge) => draw(eventInWords(event), edge)),
  );
  return [...(node.always ?? []).flatMap((edge) => draw("", edge)), ...on];
};

const inside = (node: Chart, indent: string): string[] => {
  const children = Object.values(node.states);
  const [first] = node.initial.target;
  const lines = first ? [`${indent}[*] --> ${nameOf(first)}`] : [];
  for (const child of children) {
    const says = child.meta ? `waits for ${child.meta.waitsFor}` : child.description;
    const label = says ? `${child.key}<br/><i>${says}</i>` : child.key;
    if (Object.keys(child.states).length > 0)
      lines.push(`${indent}state "${child.key}" as ${nameOf(child)} {`, ...inside(child, `${indent}  `), `${indent}}`);
    else lines.push(`${indent}state "${label}" as ${nameOf(child)}`);
    if (child.type === "final") lines.push(`${indent}${nameOf(child)} --> [*]`);
  }
  return lines;
};

const all = (node: Chart): Chart[] => [node, ...Object.values(node.states).flatMap(all)];

export const mermaid = (root: Chart): string => {
  const edges = all(root)
    .filter((node) => node !== root)
    .flatMap(edgesOf);
  return ["stateDiagram-v2", ...inside(root, "  "), ...[...new Set(edges)].map((edge) => `  ${edge}`)].join("\n");
};
