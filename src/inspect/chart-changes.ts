/** What is not the same between two versions of a chart, where an actor stood: why a recording may disagree. */
import { eventInWords } from "../machines/edges.ts";
import type { Chart, ChartEdge, Charts, ChartState } from "./charts.ts";
import type { SavedRecording } from "./recording.ts";

/** The state and those around it, and the machine itself. */
const isAround = (path: string, state: string): boolean =>
  path === "" || path === state || state.startsWith(`${path}.`);

const wordsOf = ({ name, guard, actions }: ChartEdge): string =>
  [
    name,
    ...(guard === undefined ? [] : [`if ${guard}`]),
    ...(actions.length > 0 ? [`does ${actions.join(", ")}`] : []),
  ].join(", ");

const edgesFor = ({ edges }: Chart, state: string, event: string): readonly ChartEdge[] =>
  edges.filter((edge) => isAround(edge.from, state) && (edge.event === event || edge.event === "at once"));

const keyOf = (one: ChartEdge | ChartState): string => JSON.stringify(one);

const missingFrom = <One extends ChartEdge | ChartState>(
  ones: readonly One[],
  others: readonly One[],
): readonly One[] => {
  const known = new Set(others.map(keyOf));
  return ones.filter((one) => !known.has(keyOf(one)));
};

/** What a state does besides its edges. */
const doings = ({ states }: Chart, paths: readonly string[]): readonly ChartState[] =>
  states.filter(({ path }) => paths.some((one) => isAround(path, one)));

const stateInWords = ({ path, slot, entry, exit, initial }: ChartState): string =>
  `the state ${path || "(the machine itself)"}: slot ${slot ?? "none"}, entry ${entry.join(", ") || "none"}, exit ${
    exit.join(", ") || "none"
  }${initial === undefined ? "" : `, begins in ${initial}`}`;

export interface Standing {
  readonly from: string;
  readonly event: string;
  /** Where it went, as recorded. */
  readonly to: string;
}

/** Lines for people; none where the charts are the same there, and a guard or an action does something else. */
export const changesBetween = (recorded: Chart, ours: Chart, { from, event, to }: Standing): readonly string[] => {
  const word = eventInWords(event);
  const [then, now] = [edgesFor(recorded, from, word), edgesFor(ours, from, word)];
  const [stood, stands] = [doings(recorded, [from, to]), doings(ours, [from, to])];
  return [
    ...missingFrom(then, now).map((edge) => `only in the recording's chart: ${wordsOf(edge)}`),
    ...missingFrom(now, then).map((edge) => `only in this Troupe's chart: ${wordsOf(edge)}`),
    ...missingFrom(stood, stands).map((state) => `in the recording's chart: ${stateInWords(state)}`),
    ...missingFrom(stands, stood).map((state) => `in this Troupe's chart: ${stateInWords(state)}`),
  ];
};

/** In one line, that a recording was made under other charts than ours, and which; undefined: under the same. */
export const chartsApart = (
  { about, charts, records }: Pick<SavedRecording, "about" | "charts" | "records">,
  ours: { readonly sum: string; readonly charts: Charts },
): string | undefined => {
  const sums = new Set(records.flatMap((record) => (record.kind === "opened" ? [record.charts] : [])));
  sums.delete(ours.sum);
  if (sums.size === 0) return undefined;
  // Those in the file are the saver's, who may be another than the daemon that recorded.
  const theirs: Readonly<Record<string, Chart>> = charts && about && sums.has(about.charts) ? charts.machines : {};
  const others = Object.entries(ours.charts.machines).filter(
    ([name, chart]) => name in theirs && JSON.stringify(theirs[name]) !== JSON.stringify(chart),
  );
  const which = others.length > 0 ? ` (${others.map(([name]) => name).join(", ")})` : "";
  return `recorded under other charts${which} than this Troupe's: ${[...sums].join(", ")}, and here ${ours.sum}`;
};
