/** `troupe top`: what is stuck, what is busy, and for how long. */
import { segmentsIn } from "../drivers/flight/segments.ts";
import { flightIn } from "../composition/places.ts";
import { sceneNow, statusOf } from "./scene-now.ts";
import { liveTop } from "./live-top.ts";
import { wrapped } from "./terminal/layout.ts";
import { screenOf } from "./terminal/screen.ts";
import { heading, listed, listLines, sums } from "./terminal/top-list.ts";
import { printJson, viewing, type ViewCommand } from "./viewing.ts";

const COMMAND: ViewCommand = {
  usage: "troupe top [options]",
  help: `
Lists what is stuck, then what is busy, then the rest by age. In a terminal it follows what happens, also over the daemon's
death; keys: / filter, arrows or j and k select, enter explain, h history, q quit.

  --once                   print the list and end, as without a terminal and with TERM=dumb
`,
  example: "troupe top --once --stuck-after 120",
  flags: ["once"],
  mostWords: 0,
};

/** Where nothing is recorded there is nothing to follow. */
const isInteractive = (runDir: string): boolean =>
  segmentsIn(flightIn(runDir)).length > 0 &&
  process.stdin.isTTY &&
  process.stdout.isTTY &&
  process.env["TERM"] !== "dumb" &&
  Boolean(process.env["TERM"]);

export const run = async (args: readonly string[]): Promise<number> => {
  const view = viewing(COMMAND, args);
  if (!view) return 0;
  const { runDir, stuckMs, flags, output } = view;
  if (output === "text" && !flags.has("once") && isInteractive(runDir))
    return liveTop(runDir, stuckMs, { input: process.stdin, output: process.stdout });
  const seen = await sceneNow(runDir, { all: true });
  const { mono, wall, daemon } = seen.scene;
  const cards = listed(seen.scene, stuckMs);
  const status = statusOf(
    seen,
    cards.some(({ stuck }) => stuck),
  );
  if (output === "json") {
    const actors = cards.map(({ actor, label, stuck, since }) => ({ label, stuck, restlessSince: since, ...actor }));
    printJson({ from: seen.from, notes: seen.notes, mono, wall, daemon, actors });
    return status;
  }
  const screen = screenOf(process.stdout, process.env);
  const head = [...seen.notes, sums(cards)].flatMap((line) => wrapped(line, screen.width));
  const lines = cards.flatMap((card) => listLines(card, mono, screen));
  process.stdout.write(`${[...head, ...heading(screen), ...lines].join("\n")}\n`);
  return status;
};
