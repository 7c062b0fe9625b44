/**
 * Whether the monitor is there and answers, for RuntimeReady. A hung one is told of and never killed: its children are all
 * that runs on this node. Nobody asks it on a node at rest: each question here asks it one, and looks at the last one's fate.
 */
import type { Monitor } from "../drivers/monitor/monitor.ts";
import { Overdue } from "../errors.ts";
import type { ContainerId } from "../vocabulary/index.ts";
import type { Clock } from "./parts.ts";

export interface Condition {
  readonly ok: boolean;
  readonly reason: string;
  readonly message: string;
}

/** The daemon's link to it, as the tree knows it. */
export interface Link {
  /** null: no connection. */
  pid(): number | null;
  /** What the link waits for, in a sentence. */
  explain(): string;
}

/** It answers in milliseconds, and the kubelet asks every five seconds: one that hangs is seen at the second question. */
const SILENT_MS = 4_000;
/** A container that there is not: any monitor, of whatever version, knows at once that it knows nothing of it. */
const NOBODY = "nobody" as ContainerId;

export const monitorCondition = (
  { monitor, clock }: { readonly monitor: Pick<Monitor, "look">; readonly clock: Pick<Clock, "monoMs"> },
  link: Link,
): (() => Condition) => {
  /** Since when it has left a question unanswered; given up, the question is asked again. */
  let asked: { readonly pid: number; readonly at: number; isOpen: boolean } | undefined;

  const ask = (pid: number, at: number): void => {
    const question = { pid, at, isOpen: true };
    asked = question;
    const answered = (): void => {
      if (asked === question) asked = undefined;
    };
    monitor.look(NOBODY, undefined).then(answered, (error: unknown) => {
      if (error instanceof Overdue) question.isOpen = false;
      else answered();
    });
  };

  return () => {
    const pid = link.pid();
    if (pid === null)
      return {
        ok: false,
        reason: "MonitorUnreachable",
        message: `there is no connection to the monitor: ${link.explain()}; running containers are not affected`,
      };
    if (asked?.pid !== pid) ask(pid, clock.monoMs());
    else if (!asked.isOpen) ask(pid, asked.at);
    const silentMs = clock.monoMs() - (asked?.at ?? 0);
    if (silentMs < SILENT_MS) return { ok: true, reason: "", message: "" };
    const seconds = (silentMs / 1000).toFixed(1);
    return {
      ok: false,
      reason: "MonitorSilent",
      message:
        `the monitor, process ${pid}, has left a question unanswered for ${seconds} s: is it stopped, or does the host ` +
        `swap? Containers run on, their ends are told when it answers again; do not kill it`,
    };
  };
};
