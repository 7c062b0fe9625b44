/** What is written on a machine's states and edges: who is there now, what a recording came by, what a simulation tried. */
import type { Coverage } from "./page-message.ts";
import type { Picture } from "./picture.ts";
import { chartNameOf, type Tally } from "./tally.ts";
import { plural } from "./words.ts";

export type OverlayKind = "now" | "recording" | "simulation";

export interface StateOverlay {
  readonly count: number;
  readonly meanMs?: number;
}

export interface Overlay {
  readonly kind: OverlayKind;
  readonly sentence: string;
  state(path: string): StateOverlay;
  /** How often; 0 too where nobody counts edges, which is now. */
  edge(name: string): number;
}

export interface Overlaid {
  readonly picture: Picture;
  readonly tally: Tally;
  readonly coverage?: Coverage;
}

const nowOf = (picture: Picture, name: string): Overlay => {
  const counts = new Map<string, number>();
  let all = 0;
  for (const { id, state } of picture.actors.values()) {
    if (state === null || chartNameOf(id) !== name) continue;
    counts.set(state, (counts.get(state) ?? 0) + 1);
    all++;
  }
  return {
    kind: "now",
    sentence:
      all === 0
        ? "No actor runs it at this moment."
        : `${plural(all, "actor")} run${all === 1 ? "s" : ""} it at this moment.`,
    state: (path) => ({ count: counts.get(path) ?? 0 }),
    edge: () => 0,
  };
};

const recordingOf = (tally: Tally, name: string): Overlay => ({
  kind: "recording",
  sentence: "Shown is what the recording came by since it begins: how often, and how long one stayed.",
  state: (path) => {
    const found = tally.states.get(`${name} ${path}`);
    return { count: found?.visits ?? 0, ...(found && found.ended > 0 && { meanMs: found.ms / found.ended }) };
  },
  edge: (edge) => tally.edges.get(`${name}: ${edge}`) ?? 0,
});

/** The simulation calls the daemon's machine by its actor. */
const simulationOf = ({ states, edges }: Coverage, name: string): Overlay => {
  const kind = name === "daemon" ? "life" : name;
  return {
    kind: "simulation",
    sentence: "Shown is how often the simulation came by.",
    state: (path) => ({ count: states[`${kind} ${path}`] ?? 0 }),
    edge: (edge) => edges[`${kind}: ${edge}`] ?? 0,
  };
};

export const overlayOf = ({ picture, tally, coverage }: Overlaid, name: string, kind: OverlayKind): Overlay => {
  if (kind === "simulation" && coverage) return simulationOf(coverage, name);
  return kind === "recording" ? recordingOf(tally, name) : nowOf(picture, name);
};
