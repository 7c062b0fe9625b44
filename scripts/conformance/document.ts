/** docs/conformance.md, from what a whole run has said. */
import { countsOf, type SpecEnd } from "./report.ts";
import type { RunResult } from "./result.ts";
import type { Version } from "./versions.ts";

const head = `# Conformance

Written by \`npm run conformance\`: critest, the suite by which the kubelet's community judges container runtimes, run as it is
against Troupe in a test node, once with each OCI runtime. It is built with the machine's Go; the images that it asks for are
made from Debian's packages and served by a registry on loopback, to which a registries.conf leads.
`;

const figures =
  "Of the same run, on a machine that nobody keeps quiet: bench/RESULTS.md has the figures that can be compared.";

/** The first of critest's words, in one line of a table; without a port or an id, which is another in each run. */
const cell = (text: string): string =>
  (text.trim().split("\n")[0] ?? "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, "PORT")
    .replaceAll(/(?<!sha256:)\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll("|", "\\|")
    .trim();
const short = (name: string): string => cell(name).replace("[k8s.io] ", "");

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Specs with the same reason in one row: the reason, and by runtime which specs. */
const reasons = (results: ReadonlyMap<string, RunResult>, outcome: SpecEnd["outcome"]): string => {
  const rows = new Map<string, { runtimes: Set<string>; why: string; name: string }>();
  for (const [runtime, { specs }] of results)
    for (const { name, why, ...spec } of specs) {
      if (spec.outcome !== outcome) continue;
      const key = `${name} ${cell(why)}`;
      const row = rows.get(key) ?? { runtimes: new Set<string>(), why, name };
      row.runtimes.add(runtime);
      rows.set(key, row);
    }
  const sorted = [...rows.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return table(
    ["spec", "with", "in critest's words"],
    sorted.map(({ name, runtimes, why }) => [short(name), [...runtimes].join(", "), cell(why)]),
  );
};

const section = (title: string, text: string): string => `\n## ${title}\n\n${text}\n`;

const has = (results: ReadonlyMap<string, RunResult>, outcome: SpecEnd["outcome"]): boolean =>
  [...results.values()].some(({ specs }) => specs.some((spec) => spec.outcome === outcome));

/** The whole document. */
export const conformanceDocument = (results: ReadonlyMap<string, RunResult>, versions: readonly Version[]): string => {
  const counts = [...results].map(([runtime, { specs }]) => {
    const { passed, failed, skipped } = countsOf(specs);
    return [runtime, ...[passed, failed, skipped].map(String)];
  });
  const measured = [...results].flatMap(([runtime, { benchmarks }]) =>
    benchmarks.map(({ operation, samples, medianMs }) => [runtime, operation, String(samples), medianMs.toFixed(1)]),
  );
  return [
    head,
    table(["", "passed", "failed", "skipped"], counts),
    "",
    table(
      ["", "version"],
      versions.map(({ name, version }) => [name, version]),
    ),
    ...(has(results, "failed") ? [section("Failed", reasons(results, "failed"))] : []),
    ...(has(results, "skipped") ? [section("Skipped, and why", reasons(results, "skipped"))] : []),
    ...(measured.length > 0
      ? [
          section(
            "critest -benchmark",
            `${figures}\n\n${table(["with", "operation", "samples", "median, ms"], measured)}`,
          ),
        ]
      : []),
  ].join("\n");
};
