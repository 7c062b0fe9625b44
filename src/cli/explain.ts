/** `troupe explain [POD|ID]`: why it is stuck; of what it waits for, since when and until when, and who asked. */
import { groupsOf, type Group } from "../inspect/cards.ts";
import { transitionsIn } from "../inspect/transitions.ts";
import { lastStepsIn } from "./last-steps.ts";
import { flightIn } from "../composition/places.ts";
import { sceneNow, statusOf, type SceneNow } from "./scene-now.ts";
import { groupLines, refusalLines } from "./terminal/explained-text.ts";
import { wrapped } from "./terminal/layout.ts";
import { screenOf } from "./terminal/screen.ts";
import { printJson, viewing, type ViewCommand } from "./viewing.ts";

const COMMAND: ViewCommand = {
  usage: "troupe explain [POD|ID] [options]",
  help: `
Says what a pod, a container or anything else waits for, since when, until when or what ends it, what went wrong last and who
asked; without an argument, of all that is not at rest, what is stuck first. POD is NAME, NAMESPACE/NAME or
NAMESPACE/NAME/CONTAINER; ID may be the beginning of one.
`,
  example: "troupe explain default/web-0",
  mostWords: 1,
};

/** Of each actor's last steps. */
const SHOWN_STEPS = 3;

const groupsIn = (seen: SceneNow, runDir: string, stuckMs: number, asked: string | undefined): readonly Group[] => {
  const actors = new Set(seen.scene.actors.map(({ id }) => id));
  // Of all that is not at rest only what it waits for: their steps would be looked for in many a megabyte.
  const steps = asked === undefined ? [] : (seen.records ?? lastStepsIn(flightIn(runDir), actors, SHOWN_STEPS + 1));
  return groupsOf(seen.scene, { stuckMs, transitions: transitionsIn(steps, actors, SHOWN_STEPS) });
};

const jsonOf = ({ from, notes, scene }: SceneNow, groups: readonly Group[]): object => {
  const { mono, wall, daemon, refused } = scene;
  return { from, notes, mono, wall, daemon, stuck: groups.filter(({ stuck }) => stuck).length, groups, refused };
};

export const run = async (args: readonly string[]): Promise<number> => {
  const view = viewing(COMMAND, args);
  if (!view) return 0;
  const [asked] = view.words;
  const seen = await sceneNow(view.runDir, { of: asked });
  const groups = groupsIn(seen, view.runDir, view.stuckMs, asked);
  const status = statusOf(
    seen,
    groups.some(({ stuck }) => stuck),
  );
  if (view.output === "json") {
    printJson(jsonOf(seen, groups));
    return status;
  }
  const screen = screenOf(process.stdout, process.env);
  const notes = seen.notes.flatMap((note) => wrapped(note, screen.width).map((line) => screen.paint("stuck", line)));
  const { mono, refused } = seen.scene;
  // Of a pod of which nothing is there, because it could not be made.
  const absent = groups.length === 0 && asked !== undefined ? refusalLines(refused, mono, screen) : [];
  const cards = [
    ...groups.map((group) => groupLines(group, mono, screen).join("\n")),
    ...(absent.length > 0 ? [[`nothing of ${asked} is there`, ...absent].join("\n")] : []),
  ];
  const none = seen.from === "recording" ? "nothing that is recorded is under way" : "everything is at rest";
  process.stdout.write(`${[...notes, ...(cards.length > 0 ? [cards.join("\n\n")] : [none])].join("\n")}\n`);
  return status;
};
