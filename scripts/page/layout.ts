/**
 * Lays out the charts at the build, by ELK: they are known then, and the page needs positions and no layout engine.
 * Edges between the same two states are drawn as one line, with the names of what takes it on it.
 */
import elk, { type ElkExtendedEdge, type ElkNode } from "elkjs";
import type { Chart, Charts } from "../../src/inspect/charts.ts";
import type { DrawnChart, DrawnEdge, DrawnState, Point } from "../../src/inspect/drawn-chart.ts";

// A CommonJS package whose types say that it is none.
const Elk = elk as unknown as typeof elk.default;

/** Of the page's text at 12 px, as the widest of the usual system fonts has it. */
const LETTER = 7.2;
const ROW = 16;

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "9",
  "elk.spacing.edgeLabel": "3",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.compaction.postCompaction.strategy": "EDGE_LENGTH",
  "elk.json.edgeCoords": "ROOT",
  "elk.json.shapeCoords": "ROOT",
};
const inside = { "elk.padding": "[top=34,left=14,bottom=14,right=14]" };

const nameOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));

const widthOf = (text: string): number => Math.ceil(text.length * LETTER);

const nodesIn = (chart: Chart, parent: string): ElkNode[] =>
  chart.states
    .filter(({ path }) => path !== "" && parentOf(path) === parent)
    .map(({ path }) => {
      const children = nodesIn(chart, path);
      if (children.length > 0) return { id: path, children, layoutOptions: inside };
      // Room for how many are in it, and for how long one stays.
      return { id: path, width: Math.max(104, widthOf(nameOf(path)) + 46), height: 40 };
    });

/** `done` and `failed` are drawn as kinds of lines, all else by its name. */
const labelOf = (events: readonly string[]): string => {
  const told = events.filter((event) => event !== "done" && event !== "failed" && event !== "at once");
  return told.length > 3 ? `${told.slice(0, 2).join(", ")} + ${told.length - 2}` : told.join(", ");
};

interface Joined {
  readonly from: string;
  readonly to: string;
  readonly names: string[];
  readonly events: string[];
}

const joined = (chart: Chart): readonly Joined[] => {
  const found = new Map<string, Joined>();
  for (const { from, to, name, event } of chart.edges)
    for (const target of to) {
      if (from === "" || target === from) continue; // out of everywhere: told beside the drawing
      const key = `${from}>${target}`;
      const one = found.get(key) ?? { from, to: target, names: [], events: [] };
      found.set(key, one);
      one.names.push(name);
      if (!one.events.includes(event)) one.events.push(event);
    }
  return [...found.values()];
};

const elkEdge = ({ from, to, events }: Joined): ElkExtendedEdge => {
  const text = labelOf(events);
  return {
    id: `${from}>${to}`,
    sources: [from],
    targets: [to],
    ...(text !== "" && { labels: [{ text, width: widthOf(text) * 0.92, height: ROW }] }),
  };
};

const whole = ({ x = 0, y = 0 }: { x?: number; y?: number }): Point => [Math.round(x), Math.round(y)];

const statesOf = (node: ElkNode): readonly DrawnState[] =>
  (node.children ?? []).flatMap((child) => [
    {
      path: child.id,
      at: whole(child),
      size: [Math.round(child.width ?? 0), Math.round(child.height ?? 0)] as const,
    },
    ...statesOf(child),
  ]);

const edgeOf = (drawn: ElkExtendedEdge, { from, to, names, events }: Joined): DrawnEdge => {
  const points = (drawn.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(whole),
  );
  const [label] = drawn.labels ?? [];
  return { from, to, names, events, points, ...(label && { label: { text: label.text ?? "", at: whole(label) } }) };
};

const layoutOf = async (chart: Chart): Promise<DrawnChart> => {
  const edges = joined(chart);
  const laid: ElkNode = await new Elk().layout<ElkNode>({
    id: "",
    layoutOptions: options,
    children: nodesIn(chart, ""),
    edges: edges.map(elkEdge),
  });
  const byId = new Map(laid.edges?.map((edge) => [edge.id, edge]));
  return {
    size: [Math.ceil(laid.width ?? 0), Math.ceil(laid.height ?? 0)],
    states: statesOf(laid),
    edges: edges.map((edge) => edgeOf(byId.get(`${edge.from}>${edge.to}`)!, edge)),
  };
};

/** Each chart by its machine's name. */
export const drawnCharts = async ({ machines }: Charts): Promise<Readonly<Record<string, DrawnChart>>> => {
  const drawn: Record<string, DrawnChart> = {};
  for (const [name, chart] of Object.entries(machines)) drawn[name] = await layoutOf(chart);
  return drawn;
};
