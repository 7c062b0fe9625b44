/** What ginkgo's JSON report says of each spec, as far as a person wants to know. */

export type Outcome = "passed" | "failed" | "skipped";

export interface SpecEnd {
  /** As critest's --ginkgo.focus matches it. */
  readonly name: string;
  readonly outcome: Outcome;
  readonly ms: number;
  /** Of a failure or a skip, in critest's own words; "" for a spec that was not selected. */
  readonly why: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface SpecReport {
  readonly ContainerHierarchyTexts?: readonly string[] | null;
  readonly LeafNodeType?: string;
  readonly LeafNodeText?: string;
  readonly State?: string;
  /** Nanoseconds. */
  readonly RunTime?: number;
  readonly Failure?: { readonly Message?: string; readonly ForwardedPanic?: string };
}

const outcomeOf = (state: string | undefined): Outcome =>
  state === "passed" ? "passed" : state === "skipped" || state === "pending" ? "skipped" : "failed";

/** Every spec that there is, and what went wrong around them. Throws SyntaxError for what is no report. */
export const specsIn = (json: string): readonly SpecEnd[] =>
  (JSON.parse(json) as readonly { readonly SpecReports?: readonly SpecReport[] | null }[])
    .flatMap(({ SpecReports }) => SpecReports ?? [])
    .map((report) => ({ report, outcome: outcomeOf(report.State) }))
    // Set-up and clean-up of the whole suite are no specs, but their failures count.
    .filter(({ report, outcome }) => report.LeafNodeType === "It" || outcome === "failed")
    .map(({ report, outcome }) => ({
      name: [...(report.ContainerHierarchyTexts ?? []), report.LeafNodeText || report.LeafNodeType || ""].join(" "),
      outcome,
      ms: Math.round((report.RunTime ?? 0) / 1e6),
      why: [report.Failure?.Message, report.Failure?.ForwardedPanic].filter(Boolean).join(": "),
    }));

/** Those that were meant to run: a spec that no selection took has no reason, and is none of this run. */
export const selected = (specs: readonly SpecEnd[]): readonly SpecEnd[] =>
  specs.filter(({ outcome, why }) => outcome !== "skipped" || why !== "");

export const countsOf = (specs: readonly SpecEnd[]): Counts => {
  const count = (wanted: Outcome): number => specs.filter(({ outcome }) => outcome === wanted).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
};

export const tellCounts = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
