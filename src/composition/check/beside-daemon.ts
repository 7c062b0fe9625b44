/** The check as it is made beside a daemon at work, or without one. */
import type { Settings } from "../../settings.ts";
import { judge, type Finding } from "./judge.ts";
import { lookAtNode } from "./look.ts";
import type { Observed } from "./observed.ts";
import { confirm } from "./under-way.ts";

export interface Checked {
  readonly observed: Observed;
  readonly findings: readonly Finding[];
  readonly underWay: readonly Finding[];
  /** Why the daemon that runs did not say what it is at work on: that may be among the findings. */
  readonly silent?: string;
}

/** `ask`: what the daemon's actors wait for, a sentence each. */
export const checkNode = async (settings: Settings, ask: () => Promise<readonly string[]>): Promise<Checked> => {
  const first = lookAtNode(settings);
  const findings = judge(first);
  if (findings.length === 0 || first.daemon === undefined) return { observed: first, findings, underWay: [] };
  let silent: string | undefined;
  const waits = async (): Promise<readonly string[]> => {
    try {
      return silent === undefined ? await ask() : [];
    } catch (error) {
      silent = error instanceof Error ? error.message : String(error);
      return [];
    }
  };
  const meanwhile = await waits();
  const observed = lookAtNode(settings);
  const confirmed = confirm(findings, judge(observed), [...meanwhile, ...(await waits())]);
  return { observed, ...confirmed, ...(silent === undefined ? {} : { silent }) };
};
