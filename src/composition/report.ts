/**
 * What the daemon says on stderr: one line for each transition and each word of its own. As text for people, or as one
 * JSON object a line (`--log-format json`).
 */
import { shortId } from "../vocabulary/index.ts";
import { kindOf, objectOf } from "../vocabulary/actor-ids.ts";
import type { Transition } from "../supervisors/observer.ts";

export type LogFormat = "text" | "json";
export type Level = "info" | "warning" | "error";

export interface Report {
  say(level: Level, text: string): void;
  moved(transition: Transition): void;
}

const nameOf = (actor: string): string =>
  actor.includes("/") ? `${kindOf(actor)} ${shortId(objectOf(actor))}` : actor;

export const reportTo = (write: (line: string) => void, format: LogFormat, at: () => string): Report => {
  const line = (level: Level, kind: string, text: string, fields: object): void =>
    write(
      format === "json"
        ? JSON.stringify({ at: at(), level, kind, ...fields })
        : `${at()} ${level === "info" ? "" : `${level}: `}${text}`,
    );
  return {
    say: (level, text) => line(level, "log", text, { text }),
    moved: ({ actor, from, to, event, ms, cause }) => {
      const machine = actor.includes("/") ? kindOf(actor) : actor;
      const text = `${nameOf(actor)} ${from || "·"} → ${to} (${event}, ${ms.toFixed(1)} ms)`;
      line("info", "transition", text, { actor, machine, from, to, event, ms, cause });
    },
  };
};

/** The same report, with each word told to `also`. */
export const toldTo = (report: Report, also: Report["say"]): Report => ({
  ...report,
  say(level, text) {
    report.say(level, text);
    also(level, text);
  },
});
