/** The results as a table for a terminal, and as RESULTS.md. */
import type { Line, Outcome } from "./results.ts";

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const goalText = ({ goal, most, unit }: Line): string =>
  [goal === null ? "" : `≤ ${goal}`, most === null ? "" : `≤ ${most} ${unit}`].filter(Boolean).join(", ");

const cells = (line: Line): readonly string[] => {
  const { case: name, peer, ours, theirs, unit, ratio, spread, met, n } = line;
  return [
    name,
    peer,
    `${ours} ${unit}`,
    `${theirs} ${unit}`,
    ratio.toFixed(2),
    `${spread[0].toFixed(2)} – ${spread[1].toFixed(2)}`,
    goalText(line),
    met ?? "",
    String(n),
  ];
};

const heads = ["case", "peer", "ours", "theirs", "ratio", "95 %", "goal", "", "pairs"];

export const textOf = (lines: readonly Line[], outcome: Outcome, withFindings: boolean): string => {
  const rows = [heads, ...lines.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const skipped = Object.entries(outcome.skipped).map(([name, why]) => `${name}: skipped, ${why}`);
  const findings = Object.entries(outcome.findings).map(([title, text]) => `\n${title}\n${text}`);
  return [...(lines.length > 0 ? table : []), ...skipped, ...(withFindings ? findings : [])].join("\n");
};

const table = (lines: readonly Line[]): string =>
  [heads, ["---", "---", "--:", "--:", "--:", "---", "---", "---", "--:"], ...lines.map(cells)]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

const verdict = (lines: readonly Line[]): string => {
  const missed = lines.filter(({ met }) => met === "missed" || met === "open");
  if (missed.length === 0) return "Every goal is met.";
  const names = missed.map(({ case: name, peer, met }) => `${name} against ${peer}${met === "open" ? " (open)" : ""}`);
  return `Not met: ${names.join("; ")}. Where it goes is below.`;
};

export const documentOf = ({
  command,
  date,
  machine,
  outcome,
  lines,
  census,
}: {
  readonly command: string;
  readonly date: string;
  readonly machine: readonly string[];
  readonly outcome: Outcome;
  readonly lines: readonly Line[];
  readonly census: string;
}): string => {
  const { systems, skipped, findings, faults } = outcome;
  const { seconds = 0, others = 0, stolen = 0 } = outcome.machine ?? {};
  return [
    "# Results",
    `Written by \`${command}\` on ${date}, in ${seconds.toFixed(0)} s. How it is measured: README.md beside this file.`,
    [
      ...machine.map((line) => `- ${line}`),
      `- while it ran, other programs of this machine took ${percent(others)} of the CPUs' time, its host ${percent(stolen)}`,
      ...Object.entries(systems).map(([name, versions]) => `- ${name}: ${versions}`),
    ].join("\n"),
    "Ratio is ours ÷ theirs, less is better. Met: the whole interval is within the goal; open: its median is, its upper end is not.",
    table(lines),
    verdict(lines),
    ...Object.entries(skipped).map(([name, why]) => `Skipped: ${name}: ${why}`),
    ...faults.map((fault) => `Fault: ${fault}`),
    `After all: ${census.replaceAll("\n", "; ")}.`,
    ...Object.entries(findings).map(([title, text]) => `## ${title}\n\n${text}`),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
};
