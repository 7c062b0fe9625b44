/** `troupe tree`: who owns whom, where everybody is, who has crashed how often. */
import { cardsOf, type Card } from "../inspect/cards.ts";
import { isRestless } from "../inspect/scene.ts";
import { labelOf } from "../inspect/subjects.ts";
import { kindOf, type MonoMs } from "../vocabulary/index.ts";
import { sceneNow, statusOf } from "./scene-now.ts";
import { branchLines, type Branch } from "./terminal/branches.ts";
import { thing } from "./terminal/card-text.ts";
import { wrapped } from "./terminal/layout.ts";
import { screenOf, type Style } from "./terminal/screen.ts";
import { plural } from "../inspect/words.ts";
import { span } from "./terminal/words.ts";
import { printJson, viewing, type ViewCommand } from "./viewing.ts";

const COMMAND: ViewCommand = {
  usage: "troupe tree [options]",
  help: `
Shows the supervisors and all that they own, each with its state and since when it is in it; what crashed and was begun again,
with how often; what is in quarantine, with the reason.
`,
  example: "troupe tree",
  mostWords: 0,
};

const nameOf = ({ actor }: Card): string => {
  const { id, name } = actor;
  if (kindOf(id) === "pod") return name?.pod === undefined ? thing(id) : `pod ${labelOf(actor)}`;
  return name?.container === undefined ? thing(id) : `${thing(id)} ${name.container}`;
};

const styleOf = ({ stuck, actor }: Card): { readonly style?: Style } => {
  if (stuck) return { style: "stuck" };
  return isRestless(actor) ? { style: "busy" } : {};
};

const textOf = (card: Card, mono: MonoMs): string => {
  const { state, since, incarnation = 1, crashed, quarantined, explanation } = card.actor;
  const again = incarnation - 1;
  const parts = [
    ...(quarantined === undefined ? [] : [`quarantined: ${quarantined}`]),
    ...(state === null
      ? [crashed === undefined ? "is being started again" : `crashed: ${crashed}`]
      : [`${state}${since === undefined ? "" : ` for ${span(mono - since)}`}`]),
    ...(explanation?.waitsFor === undefined ? [] : [`waits for ${explanation.waitsFor}`]),
    ...(again > 0 ? [`begun again ${plural(again, "time")}`] : []),
    ...(card.stuck && quarantined === undefined ? ["stuck"] : []),
  ];
  return `${nameOf(card)}: ${parts.join(", ")}`;
};

/** By their places in the tree; who has an owner that nobody knows stands beside the root. */
export const branchesOf = (cards: readonly Card[], mono: MonoMs): readonly Branch[] => {
  const known = new Set(cards.map(({ actor }) => actor.id));
  const owned = Map.groupBy(cards, ({ actor: { parent = "" } }) => (known.has(parent) ? parent : ""));
  const below = (owner: string): readonly Branch[] =>
    (owned.get(owner) ?? [])
      .toSorted((one, other) => (one.actor.id < other.actor.id ? -1 : 1))
      .map((card) => ({ text: textOf(card, mono), ...styleOf(card), children: below(card.actor.id) }));
  return below("");
};

export const run = async (args: readonly string[]): Promise<number> => {
  const view = viewing(COMMAND, args);
  if (!view) return 0;
  const seen = await sceneNow(view.runDir, { all: true });
  const { mono, wall, daemon } = seen.scene;
  const cards = cardsOf(seen.scene, { stuckMs: view.stuckMs });
  const status = statusOf(
    seen,
    cards.some(({ stuck }) => stuck),
  );
  if (view.output === "json") {
    const actors = cards.map(({ actor, label, stuck }) => ({ ...actor, label, stuck }));
    printJson({ from: seen.from, notes: seen.notes, mono, wall, daemon, actors });
    return status;
  }
  const screen = screenOf(process.stdout, process.env);
  const notes = seen.notes.flatMap((note) => wrapped(note, screen.width).map((line) => screen.paint("stuck", line)));
  process.stdout.write(`${[...notes, ...branchLines(branchesOf(cards, mono), screen)].join("\n")}\n`);
  return status;
};
