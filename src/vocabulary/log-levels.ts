/** How much the daemon says, in the words of crio.conf's `log_level`; each level has all that come after it too. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What CRI-O takes besides: its own short form, and a level between two that nobody here can tell apart. */
const ALIASES: ReadonlyMap<string, LogLevel> = new Map([
  ["warn", "warning"],
  ["panic", "fatal"],
]);

/** Undefined for a word that is none. */
export const logLevelOf = (word: string): LogLevel | undefined =>
  LOG_LEVELS.find((level) => level === word) ?? ALIASES.get(word);

/** Something of level `said` is written where `least` is the level in force. */
export const isSaid = (said: LogLevel, least: LogLevel): boolean =>
  LOG_LEVELS.indexOf(said) >= LOG_LEVELS.indexOf(least);
