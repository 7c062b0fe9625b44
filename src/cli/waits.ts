/** `troupe waits [--for|--by]`: what everything that is not at rest waits for, in sentences; or who waits for whom. */
import { Invalid } from "../errors.ts";
import { isRestless, sceneOf, type Scene } from "../inspect/scene.ts";
import { isStuck } from "../inspect/stuck.ts";
import { waitsIn, type Wait, type Waiter } from "../inspect/waiting.ts";
import { sentenceOf } from "../machines/sentence.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { askDaemon } from "./daemon.ts";
import { sceneNow, statusOf, type SceneNow } from "./scene-now.ts";
import { branchLines, type Branch } from "./terminal/branches.ts";
import { thing } from "./terminal/card-text.ts";
import { wrapped } from "./terminal/layout.ts";
import { screenOf } from "./terminal/screen.ts";
import { span } from "./terminal/words.ts";
import { printJson, viewing, type ViewCommand } from "./viewing.ts";

const COMMAND: ViewCommand = {
  usage: "troupe waits [--for | --by] [options]",
  help: `
Says of each thing that is not at rest what it waits for, since when and until when, in a sentence.

  --for                    what is waited for first, and below it who waits for it
  --by                     who waits first, and below it for what, down to what nobody here does
`,
  example: "troupe waits --by",
  flags: ["for", "by"],
  mostWords: 0,
};

const textOf = ({ caller, actor, outside = "" }: Waiter, mono: MonoMs): string => {
  if (caller) {
    const { method, agent, since } = caller;
    return `${method}${agent === undefined ? "" : ` by ${agent}`}, for ${span(mono - since)}`;
  }
  if (!actor) return outside;
  const since = actor.since === undefined ? "" : `, for ${span(mono - actor.since)}`;
  return `${actor.label} ${thing(actor.actor)} ${actor.state ?? "crashed"}${since}`;
};

/** From each one that nobody in front of it leads to, on to the last. */
const branchesOf = (waits: readonly Wait[], way: "for" | "by", mono: MonoMs): readonly Branch[] => {
  const [from, to] = way === "by" ? (["waiter", "awaited"] as const) : (["awaited", "waiter"] as const);
  const next = Map.groupBy(waits, (wait) => wait[from].key);
  const led = new Set(waits.map((wait) => wait[to].key));
  const branch = (one: Waiter): Branch => ({
    text: textOf(one, mono),
    children: (next.get(one.key) ?? []).map((wait) => branch(wait[to])),
  });
  const roots = new Map(waits.map((wait) => [wait[from].key, wait[from]]));
  return [...roots.values()].filter(({ key }) => !led.has(key)).map(branch);
};

/** As the daemon tells them, with what it doubts; else out of its recording. */
const sentencesOf = async (seen: SceneNow, runDir: string): Promise<readonly string[]> => {
  const { actors, mono } = seen.scene;
  if (seen.from === "daemon") return (await askDaemon(runDir, "GET", "/waits")) as readonly string[];
  return actors.flatMap(({ explanation }) => (explanation ? [sentenceOf(explanation, mono)] : []));
};

const wayOf = (flags: ReadonlySet<string>): "for" | "by" | undefined => {
  if (flags.has("for") && flags.has("by")) throw new Invalid("--for and --by: one of the two");
  if (flags.has("for")) return "for";
  return flags.has("by") ? "by" : undefined;
};

const restlessOf = (scene: Scene): Scene => sceneOf(scene, scene.actors.filter(isRestless));

export const run = async (args: readonly string[]): Promise<number> => {
  const view = viewing(COMMAND, args);
  if (!view) return 0;
  const way = wayOf(view.flags);
  const seen = await sceneNow(view.runDir, { of: undefined });
  const scene = restlessOf(seen.scene);
  const status = statusOf(
    seen,
    scene.actors.some((actor) => isStuck(actor, scene.mono, view.stuckMs)),
  );
  const waits = waitsIn(scene);
  if (view.output === "json") {
    printJson({ from: seen.from, notes: seen.notes, mono: scene.mono, wall: scene.wall, waits });
    return status;
  }
  const screen = screenOf(process.stdout, process.env);
  const told = way
    ? branchLines(branchesOf(waits, way, scene.mono), screen)
    : (await sentencesOf(seen, view.runDir)).flatMap((sentence) => wrapped(sentence, screen.width));
  const notes = seen.notes.flatMap((note) => wrapped(note, screen.width));
  process.stdout.write(`${[...notes, ...(told.length > 0 ? told : ["everything is at rest"])].join("\n")}\n`);
  return status;
};
