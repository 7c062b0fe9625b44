/** `troupe wipe [--force] [--images] [-o json]`: all of Troupe off this node, and the proof that it is off. */
import type { Running, Wiped } from "../composition/check/wipe.ts";
import { Invalid, toFailure } from "../errors.ts";
import { readSettings, type Settings } from "../settings.ts";
import { cannot, counted, lineOf, print } from "./findings.ts";
import { parse } from "./options.ts";

const HELP = `usage: troupe wipe [--force] [--images] [-o text|json] [--config FILE]

Removes everything that Troupe has on this node: pods and containers with their networks, namespaces, cgroups, mounts and
files, the monitor, all records. Then it looks whether anything is left. The daemon has to be stopped. Settings stay, and so
do logs, which are the kubelet's, and what CNI plugins keep for good.

  --force    though containers run: they are killed without a stop signal
  --images   images too; they stay otherwise

Exit status: 0 nothing is left, 1 something is, or containers run, 2 usage, 3 it could not begin.

Example, for a node that leaves the cluster:  kubectl drain NODE; systemctl stop kubelet troupe; troupe wipe --images
`;

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    force: { type: "boolean", default: false },
    images: { type: "boolean", default: false },
    output: { type: "string", short: "o", default: "text" },
    config: { type: "string" },
  });
  const { output } = values;
  if (output !== "text" && output !== "json") throw new Invalid(`--output is text or json, not ${String(output)}`);
  if (words.length > 0) throw new Invalid(`it takes no ${words.join(" ")}`);
  if (values["help"]) {
    process.stdout.write(HELP);
    return 0;
  }
  const settings = readSettings(values["config"] as string | undefined);
  if (process.getuid?.() !== 0) return cannot("wipe", "only root can do that");
  try {
    const wiped = await wipe(settings, values["force"] === true, values["images"] === true);
    print(output === "json" ? [JSON.stringify(wiped, undefined, 2)] : told(wiped));
    return "gone" in wiped && wiped.left.length === 0 && wiped.troubles.length === 0 ? 0 : 1;
  } catch (error) {
    const { code, text } = toFailure(error);
    return cannot("wipe", `${text}${code === "Unavailable" ? "; stop it first" : ""}`);
  }
};

const wipe = async (settings: Settings, force: boolean, images: boolean): Promise<Wiped> => {
  const { wipeNode } = await import("../composition/check/wipe.ts");
  return wipeNode(settings, { force, images });
};

const named = ({ id, title }: Running): string => (title === undefined ? id : `${title} (${id})`);

const told = (wiped: Wiped): readonly string[] => {
  if ("refused" in wiped)
    return [
      "these run, so nothing was removed:",
      ...wiped.refused.map((one) => `  ${named(one)}`),
      "drain the node first, or say --force: they are killed then",
    ];
  const { gone, left, troubles } = wiped;
  return [
    ...troubles.map((trouble) => `failed    ${trouble}`),
    ...left.map(lineOf),
    left.length === 0 ? `removed: ${gone}; nothing of Troupe is left` : `removed: ${gone}; left: ${counted(left)}`,
  ];
};
