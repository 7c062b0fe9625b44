/** `troupe check [--repair] [-o json]`: what on this node is not accounted for, by records, files and kernel. */
import type { Checked } from "../composition/check/beside-daemon.ts";
import type { Finding } from "../composition/check/judge.ts";
import type { Repaired } from "../composition/check/repair.ts";
import type { Settings } from "../settings.ts";
import { askDaemon } from "./daemon.ts";
import { counted, lineOf, print } from "./findings.ts";
import { runNodeCommand, type Output } from "./node-command.ts";

const HELP = `usage: troupe check [--repair] [-o text|json] [--config FILE]

Compares what Troupe's records say with what is on this node: what the OCI runtimes keep, processes, mounts, namespaces,
cgroups, interfaces, notes of networks, files. It changes nothing and may run beside the daemon. What it finds is

  doubtful   a record that cannot be read; whatever it is about is left alone
  missing    a record speaks of it, and it is not there
  stale      Troupe made it, and no record speaks of it
  foreign    Troupe did not make it, and it lies where only Troupe does; it is left alone

  --repair   removes what is stale, with the daemon stopped; containers of which a record speaks, readable or not, run on

Exit status: 0 all is accounted for, 1 something was found, 2 usage, 3 it could not look.

Example, after a crash:  systemctl stop troupe; troupe check --repair; systemctl start troupe
`;

const ASK_WITHIN_MS = 5_000;

export const run = (args: readonly string[]): Promise<number> =>
  runNodeCommand(
    {
      name: "check",
      help: HELP,
      flags: ["repair"],
      forRoot: "only root can see what there is",
      besideDaemon: "; stop it first, for nothing is mended beside it",
      act: (settings, flags, output) => (flags.has("repair") ? repair : check)(settings, output),
    },
    args,
  );

const check = async (settings: Settings, output: Output): Promise<number> => {
  const { checkNode } = await import("../composition/check/beside-daemon.ts");
  const checked = await checkNode(
    settings,
    async () =>
      (await askDaemon(settings.runroot, "GET", "/waits", AbortSignal.timeout(ASK_WITHIN_MS))) as readonly string[],
  );
  print(output === "json" ? [JSON.stringify(asJson(checked), undefined, 2)] : told(checked));
  return checked.findings.length === 0 ? 0 : 1;
};

const asJson = ({ observed: { daemon, monitor, records }, ...checked }: Checked): object => ({
  daemon: daemon ?? null,
  monitor: monitor ?? null,
  sandboxes: records.filter(({ kind }) => kind === "sandbox").length,
  containers: records.filter(({ kind }) => kind === "container").length,
  ...checked,
});

const told = ({ observed: { records, daemon }, findings, underWay, silent }: Checked): readonly string[] => {
  const count = (kind: "sandbox" | "container"): number => records.filter((record) => record.kind === kind).length;
  const subjects = `sandboxes: ${count("sandbox")}, containers: ${count("container")}`;
  return [
    ...findings.map(lineOf),
    ...underWay.map((finding) => `under way ${lineOf(finding)}`),
    ...(silent === undefined ? [] : [`note: what the daemon is at work on may be among these, for it said: ${silent}`]),
    findings.length === 0
      ? `${subjects}; all is accounted for`
      : `${subjects}; found: ${counted(findings)}${advice(findings, daemon)}`,
  ];
};

const advice = (findings: readonly Finding[], daemon: number | undefined): string => {
  if (!findings.some(({ mend }) => mend)) return "";
  return `; mend it by troupe check --repair${daemon === undefined ? "" : `, when troupe serve (pid ${daemon}) is stopped`}`;
};

const repair = async (settings: Settings, output: Output): Promise<number> => {
  const { repairNode } = await import("../composition/check/repair.ts");
  const repaired = await repairNode(settings);
  print(output === "json" ? [JSON.stringify(repaired, undefined, 2)] : toldRepair(repaired));
  return repaired.findings.length === 0 ? 0 : 1;
};

const toldRepair = ({ mended, findings, troubles }: Repaired): readonly string[] => [
  ...mended.map(({ kind, what }) => `removed   ${kind.padEnd(9)} ${what}`),
  ...troubles.map(({ step: { verb, id }, why }) => `failed    ${verb} ${id ?? ""}: ${why}`),
  ...findings.map(lineOf),
  `removed: ${mended.length}; ${findings.length === 0 ? "all is accounted for" : `left: ${counted(findings)}`}`,
];
