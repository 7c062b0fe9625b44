/**
 * `troupe replay FILE.html|FILE.ndjson|RUN_DIR [--save-seed FILE | --fork N [--choose 3,1,…]] [--pod NAME|ID]`: executes a recording
 * again through the charts as they are now; exit status 1 where they disagree, 2 where there is nothing to be executed.
 */
import { statSync } from "node:fs";
import { chartsSum } from "../composition/charts-sum.ts";
import { Invalid } from "../errors.ts";
import { changesBetween, chartsApart } from "../inspect/chart-changes.ts";
import { chartsNow } from "../inspect/charts.ts";
import type { SavedRecording } from "../inspect/recording.ts";
import { Replayer, type Disagreement, type Replay } from "../inspect/replay.ts";
import type { MachineName } from "../machines/catalogue.ts";
import { kindOf } from "../vocabulary/index.ts";
import { version } from "../version.ts";
import { parse } from "./options.ts";
import { savedRecording } from "./recording-file.ts";
import { ringIn } from "./recording.ts";

const recordingAt = (path: string): SavedRecording => {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return savedRecording(path);
  const ring = ringIn(path);
  if (ring.records.length === 0) throw new Invalid(`nothing is recorded in ${path}/flight`);
  return ring;
};

const originOf = ({ about, records }: SavedRecording): string => {
  const versions = new Set(records.flatMap((record) => (record.kind === "opened" ? [record.version] : [])));
  const by = versions.size > 0 ? `recorded by Troupe ${[...versions].join(", ")}` : "recorded";
  const saved = about && !versions.has(about.version) ? `, saved by ${about.version}` : "";
  return `${records.length} records, ${by}${saved}, executed by ${version}`;
};

/** What is not the same in the chart that the disagreeing actor runs. */
const changed = ({ charts }: SavedRecording, { actor, from, event, recorded: to }: Disagreement): readonly string[] => {
  if (!charts) return ["  the recording has no charts to compare with"];
  const kind = kindOf(actor);
  const name = (kind === "life" ? "daemon" : kind) as MachineName;
  const [then, now] = [charts.machines[name], chartsNow().machines[name]];
  const changes = changesBetween(then, now, { from, event, to });
  return changes.length > 0
    ? changes.map((line) => `  ${line}`)
    : [
        "  the charts have the same edges there: a guard or an action decides otherwise, or the recording is not of its charts",
      ];
};

const told = (saved: SavedRecording, { steps, agreed, unkeyed, first }: Replay): readonly string[] => {
  const apart = chartsApart(saved, { sum: chartsSum(), charts: chartsNow() });
  return [
    originOf(saved),
    ...(apart === undefined ? [] : [apart]),
    ...(saved.damaged > 0 ? [`${saved.damaged} lines are damaged, and left out`] : []),
    ...(saved.strange.length > 0 ? [`records of format ${saved.strange.join(", ")} are left out`] : []),
    `${agreed} of ${steps} transitions agree`,
    ...(unkeyed > 0 ? [`${unkeyed} more are of actors whose beginning is not in the recording`] : []),
    ...(first
      ? [
          `the first that does not: number ${first.seq}, ${first.actor} in ${first.from}, on ${first.event}`,
          `  recorded: ${first.recorded}`,
          `  executed: ${first.executed}${first.fields.length > 0 ? `, with other ${first.fields.join(", ")}` : ""}`,
          ...changed(saved, first),
        ]
      : []),
  ];
};

const USAGE =
  "usage: troupe replay FILE.html|FILE.ndjson|RUN_DIR [--save-seed FILE | --fork N [--choose N,…]] [--pod NAME|ID]";

const HELP = `${USAGE}

Executes what was recorded again, through the machines of this Troupe: each transition must end where the recording says. Of
the first that does not it says which edges of that state have changed. RUN_DIR is a daemon's own, where it is recording.

      --save-seed FILE  makes a seed of the simulation of it: of a simulation's recording its own tape, of a daemon's one
                        in which a simulated pod does what the recorded one did, as far as it can; what it cannot is said
      --fork N          instead lets the pod of record N go on from there in another way, as the page does, and says what may
                        be chosen; --choose 3,1 takes the third of those ways, and then the first of those behind it
      --pod NAME|ID     of which pod, where there are more than one

Exit status: 0 all agree, 1 one does not, 2 usage, or a file that is no recording or not as it was written.

Example: troupe replay bug.html
`;

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    "save-seed": { type: "string" },
    fork: { type: "string" },
    choose: { type: "string" },
    pod: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (values["help"] === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { "save-seed": seed, fork, choose, pod } = values as Readonly<Record<string, string | undefined>>;
  const [path, ...others] = words;
  const isOdd =
    fork === undefined ? choose !== undefined || (pod !== undefined && seed === undefined) : seed !== undefined;
  if (path === undefined || others.length > 0 || isOdd) throw new Invalid(USAGE);
  const saved = recordingAt(path);
  if (fork !== undefined) {
    const { forked } = await import("./fork.ts");
    process.stdout.write(`${forked(saved.records, { from: fork, chosen: choose, pod }).join("\n")}\n`);
    return 0;
  }
  const replayer = new Replayer();
  for (const record of saved.records) replayer.apply(record);
  const { result } = replayer;
  process.stdout.write(`${told(saved, result).join("\n")}\n`);
  if (seed !== undefined) {
    // The simulation is large, and needed for nothing else here.
    const { saveSeed } = await import("./save-seed.ts");
    process.stdout.write(`${(await saveSeed(saved, seed, pod)).join("\n")}\n`);
  }
  return result.first ? 1 : 0;
};
