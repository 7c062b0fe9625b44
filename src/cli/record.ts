/**
 * `troupe record -o FILE.html|FILE.ndjson [--since 10m] [--pod NAME|ID] [--run-dir DIR]`: saves what a daemon has recorded,
 * whether it lives or not, with the machines.
 */
import { flightIn } from "../composition/places.ts";
import { extname } from "node:path";
import { Invalid, Unavailable } from "../errors.ts";
import { machineOf } from "../machines/catalogue.ts";
import { excerptOf, type Excerpt } from "../inspect/excerpt.ts";
import { podsIn } from "../inspect/pod-excerpt.ts";
import type { FlightRecord } from "../inspect/record.ts";
import { kindOf } from "../vocabulary/index.ts";
import { parse } from "./options.ts";
import { podsAsked, titles } from "./pods-asked.ts";
import { recordingText, type RecordingForm } from "./recording-file.ts";
import { ringIn } from "./recording.ts";
import { agoMs } from "./since.ts";
import { writeWhole } from "./whole-file.ts";

const USAGE = "usage: troupe record -o FILE.html|FILE.ndjson [--since 10m] [--pod NAME|ID] [--run-dir DIR]";

const HELP = `${USAGE}

Saves what the daemon has recorded, whether it lives or not, in one file with the machines: a page to look at, or lines of JSON
for programs. It holds no configuration, environment, argument, annotation or credential.

  -o, --output FILE   where to; it ends in .html or .ndjson
      --since 10m     only the last while: 90s, 10m, 2h, 1d
      --pod NAME|ID   only one pod: NAME, NAMESPACE/NAME, or the beginning of its id
      --run-dir DIR   the daemon's (default /run/troupe)

Exit status: 0, 1 nothing is recorded or it cannot be written, 2 usage.

Example: troupe record -o bug.html --pod default/web --since 10m
`;

const formOf = (file: string): RecordingForm => {
  const form = extname(file).slice(1);
  if (form !== "html" && form !== "ndjson") throw new Invalid(`${file} is to end in .html, or in .ndjson for programs`);
  return form;
};

const spanOf = (records: readonly FlightRecord[]): string => {
  const [from, to] = [records[0]?.wall ?? 0, records.at(-1)?.wall ?? 0];
  return `${((to - from) / 1000).toFixed(1)} s, from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
};

const sizeOf = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

const count = (number: number): string => number.toLocaleString("en-US");

const told = (file: string, text: string, { records, before, others }: Excerpt): string => {
  const transitions = records.filter((one) => one.kind === "step" && machineOf(kindOf(one.actor))).length;
  const pods = titles(podsIn(records));
  const left = [
    ...(before > 0 ? [`${count(before)} records from before`] : []),
    ...(others > 0 ? [`${count(others)} records of others`] : []),
  ];
  return [
    `${file}: ${sizeOf(Buffer.byteLength(text))}`,
    `  records:  ${count(records.length)}, of which ${count(transitions)} are transitions`,
    `  span:     ${spanOf(records)}`,
    `  pods:     ${pods.length > 0 ? pods.slice(0, 10).join(", ") : "none"}${pods.length > 10 ? ` and ${pods.length - 10} more` : ""}`,
    `  left out: ${left.length > 0 ? left.join(", ") : "nothing"}`,
    "",
  ].join("\n");
};

export const run = (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    output: { type: "string", short: "o" },
    since: { type: "string" },
    pod: { type: "string" },
    "run-dir": { type: "string", default: "/run/troupe" },
    help: { type: "boolean", short: "h" },
  });
  if (values["help"] === true) {
    process.stdout.write(HELP);
    return Promise.resolve(0);
  }
  const { output: file, since, pod } = values as Readonly<Record<string, string | undefined>>;
  if (file === undefined || words.length > 0) throw new Invalid(USAGE);
  const form = formOf(file);
  const runDir = String(values["run-dir"]);
  const ago = since === undefined ? undefined : agoMs(since);
  const { records } = ringIn(runDir);
  if (records.length === 0)
    throw new Unavailable(`nothing is recorded in ${flightIn(runDir)}: no daemon has served there since the boot`);
  const pods = pod === undefined ? undefined : podsAsked(records, pod);
  const excerpt = excerptOf(records, {
    ...(ago !== undefined && { since: Date.now() - ago }),
    ...(pods && { pods }),
  });
  const text = recordingText(form, excerpt.records, pods && { pods: titles(pods) });
  writeWhole(file, text);
  process.stdout.write(told(file, text, excerpt));
  return Promise.resolve(0);
};
