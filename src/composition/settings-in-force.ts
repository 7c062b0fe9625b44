/**
 * The settings by which the daemon runs now. Read again (SIGHUP), what can be taken over is, all or nothing: a file that is
 * wrong anywhere changes nothing. What happens to each changed key is said in a line of its own.
 */
import { toFailure } from "../errors.ts";
import { settingsOf, type HostHints, type Settings } from "../settings.ts";
import type { Read, Value } from "../settings/files.ts";
import { changesBetween, takenOver, type Change } from "../settings/reload.ts";
import type { LogLevel } from "../vocabulary/index.ts";

export interface SettingsInForceOptions {
  /** What the files said at the start. */
  readonly read: Read;
  /** Reads the files again; throws Invalid. */
  readonly readAgain: () => Read;
  /** Absent: this host. */
  readonly host?: HostHints;
  /** Throws Invalid for what only a driver knows to be wrong. */
  readonly check: (settings: Settings) => void;
  readonly say: (level: LogLevel, text: string) => void;
}

const told = (value: Value | undefined): string => (value === undefined ? "nothing" : JSON.stringify(value));

const sentenceOf = ({ key, from, to, reach }: Change): string =>
  `${key} was ${told(from)} and is ${told(to)}: ${reach ? `taken over, it holds ${reach}` : "it needs a restart of troupe serve, and is as before until then"}`;

export class SettingsInForce {
  readonly #options: SettingsInForceOptions;
  readonly #listeners: ((settings: Settings) => void)[] = [];
  #read: Read;
  #now: Settings;

  /** Throws Invalid. */
  constructor(options: SettingsInForceOptions) {
    this.#options = options;
    this.#read = options.read;
    this.#now = settingsOf(options.read, options.host);
    options.check(this.#now);
  }

  get now(): Settings {
    return this.#now;
  }

  /** Told of the settings after each change. */
  onChange(listener: (settings: Settings) => void): void {
    this.#listeners.push(listener);
  }

  /** Changes one key by hand; it holds until the files are read again, or the daemon ends. Throws Invalid. */
  set(key: string, value: Value): void {
    const values = new Map(this.#read.values).set(key, value);
    this.#take({ ...this.#read, values });
  }

  /** Never throws. */
  reload(): void {
    const { readAgain, host, say, check } = this.#options;
    try {
      const wanted = readAgain();
      check(settingsOf(wanted, host));
      const changes = changesBetween(this.#read, wanted);
      const next = takenOver(this.#read, wanted);
      check(settingsOf(next, host)); // what is taken over fits what stays
      for (const warning of wanted.warnings) say("warning", warning);
      if (changes.length === 0) say("info", "the settings were read again, and nothing in them has changed");
      // Before they hold: a new log level may be the end of such words.
      for (const change of changes) say(change.reach ? "info" : "warning", sentenceOf(change));
      this.#take(next);
    } catch (error) {
      say("error", `the settings stay as they are: ${toFailure(error).text}`);
    }
  }

  #take(read: Read): void {
    this.#now = settingsOf(read, this.#options.host);
    this.#read = read;
    for (const listener of this.#listeners) listener(this.#now);
  }
}
