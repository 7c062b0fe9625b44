/**
 * What the daemon says on stderr: one line for each transition and each word of its own. As text for people, or as one
 * JSON object a line (`--log-format json`).
 */
import { isSaid, kindOf, objectOf, shortId, type LogLevel } from "../vocabulary/index.ts";
import type { Name } from "../inspect/record.ts";
import type { Transition } from "../supervisors/observer.ts";
import { wordsOf } from "./name-words.ts";

export type LogFormat = "text" | "json";

export interface Report {
  /** `fields` are for whoever reads JSON; the text says it all to people. */
  say(level: LogLevel, text: string, fields?: object): void;
  /** `name`: what people call its object. */
  moved(level: LogLevel, transition: Transition, name?: Name): void;
  /** The least that is written. */
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}

export interface ReportOptions {
  readonly write: (line: string) => void;
  readonly format: LogFormat;
  /** The time of day, RFC 3339. */
  readonly at: () => string;
  readonly level: LogLevel;
  /** Lines are for journald, which takes their priority from their beginning: sd-daemon(3). */
  readonly priorities?: boolean;
}

const PRIORITIES: Readonly<Record<LogLevel, string>> = {
  trace: "<7>",
  debug: "<7>",
  info: "<6>",
  warning: "<4>",
  error: "<3>",
  fatal: "<2>",
};

/** What is not the rule stands before the text. */
const wordFor = (level: LogLevel): string => (isSaid(level, "warning") ? `${level}: ` : "");

const nameOf = (actor: string): string =>
  actor.includes("/") ? `${kindOf(actor)} ${shortId(objectOf(actor))}` : actor;

export const reportTo = ({ write, format, at, priorities = false, ...options }: ReportOptions): Report => {
  let least = options.level;
  const line = (level: LogLevel, kind: string, text: string, fields: object): void => {
    const whole =
      format === "json" ? JSON.stringify({ at: at(), level, kind, ...fields }) : `${at()} ${wordFor(level)}${text}`;
    write(priorities ? whole.replaceAll(/^/gm, PRIORITIES[level]) : whole);
  };
  return {
    level: () => least,
    setLevel: (level) => void (least = level),
    say(level, text, fields) {
      if (isSaid(level, least)) line(level, "log", text, { text, ...fields });
    },
    moved(level, { actor, from, to, event, ms, cause }, name) {
      if (!isSaid(level, least)) return;
      const machine = kindOf(actor);
      const text = `${nameOf(actor)} ${from || "·"} → ${to} (${event}, ${ms.toFixed(1)} ms)`;
      const whose = name ? `: ${wordsOf(name)}` : "";
      line(level, "transition", text + whose, { actor, machine, from, to, event, ms, cause, ...name });
    },
  };
};

/** The same report, with each word told to `also`. */
export const toldTo = (report: Report, also: (level: LogLevel, text: string) => void): Report => ({
  ...report,
  say(level, text, fields) {
    report.say(level, text, fields);
    also(level, text);
  },
});
