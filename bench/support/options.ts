/** What the bench is asked for. */
import { parseArgs } from "node:util";

export interface Options {
  /** Cases, or variants of them; none: all. */
  readonly only: readonly string[];
  /** More pairs, 110 pods, 10,000 exits, and Troupe against itself. */
  readonly full: boolean;
  /** One JSON object a line on stdout. */
  readonly json: boolean;
  /** Troupe alone: its pod start, phase by phase. */
  readonly phases: boolean;
}

export const caseNames: readonly string[] = [
  "pod-start",
  "pod-end",
  "burst",
  "teardown",
  "exit-event",
  "exec-sync",
  "stream",
  "list-status",
  "status",
  "stats",
  "log-path",
  "node-memory",
  "exit-storm",
  "recorder",
  "restart",
  "pull",
];

/** Throws what is wrong with them. */
export const optionsIn = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      full: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      phases: { type: "boolean", default: false },
    },
  });
  const only = values.only.flatMap((names) => names.split(",")).filter(Boolean);
  for (const asked of only)
    if (!caseNames.includes(asked.split("/")[0] ?? ""))
      throw new Error(`there is no case "${asked}"; known: ${caseNames.join(", ")}`);
  return { ...values, only: values.phases && only.length === 0 ? ["pod-start"] : only };
};
