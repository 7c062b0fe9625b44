/** Findings of `troupe check` and `troupe wipe`, a line each. */
import type { Finding } from "../composition/check/judge.ts";

export const lineOf = ({ verdict, kind, what, text }: Finding): string =>
  `${verdict.padEnd(9)} ${kind.padEnd(9)} ${what}: ${text}`;

/** `2 stale, 1 foreign`. */
export const counted = (findings: readonly Finding[]): string =>
  [...Map.groupBy(findings, ({ verdict }) => verdict)]
    .map(([verdict, { length }]) => `${length} ${verdict}`)
    .join(", ");

export const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);
