/** `troupe wipe [--force] [--images] [-o json]`: all of Troupe off this node, and the proof that it is off. */
import type { Running, Wiped } from "../composition/check/wipe.ts";
import { counted, lineOf, print } from "./findings.ts";
import { runNodeCommand } from "./node-command.ts";

const HELP = `usage: troupe wipe [--force] [--images] [-o text|json] [--config FILE]

Removes everything that Troupe has on this node: pods and containers with their networks, namespaces, cgroups, mounts and
files, the monitor, all records. Then it looks whether anything is left. The daemon has to be stopped. Settings stay, and so
do logs, which are the kubelet's, and what CNI plugins keep for good.

  --force    though containers run: they are killed without a stop signal
  --images   images too; they stay otherwise

Exit status: 0 nothing is left, 1 something is, or containers run, 2 usage, 3 it could not begin.

Example, for a node that leaves the cluster:  kubectl drain NODE; systemctl stop kubelet troupe; troupe wipe --images
`;

export const run = (args: readonly string[]): Promise<number> =>
  runNodeCommand(
    {
      name: "wipe",
      help: HELP,
      flags: ["force", "images"],
      forRoot: "only root can do that",
      besideDaemon: "; stop it first",
      act: async (settings, flags, output) => {
        const { wipeNode } = await import("../composition/check/wipe.ts");
        const wiped = await wipeNode(settings, { force: flags.has("force"), images: flags.has("images") });
        print(output === "json" ? [JSON.stringify(wiped, undefined, 2)] : told(wiped));
        return "gone" in wiped && wiped.left.length === 0 && wiped.troubles.length === 0 ? 0 : 1;
      },
    },
    args,
  );

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
