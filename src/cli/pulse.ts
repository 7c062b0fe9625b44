/**
 * Whether a daemon answers: it is asked now and then, for one that is stopped, or whose loop stands still, is there all the same,
 * and its socket takes connections.
 */
import type { MonoMs } from "../vocabulary/index.ts";
import { askDaemon } from "./daemon.ts";

/** Longer than any that is well takes. */
const PATIENCE_MS = 500;

export class Pulse {
  readonly #runDir: string;
  readonly #changed: () => void;
  readonly #left = new AbortController();
  #isThere = true;
  #asked: MonoMs | undefined;

  /** `changed`: it has come or gone, or answers again. */
  constructor(runDir: string, changed: () => void) {
    this.#runDir = runDir;
    this.#changed = changed;
  }

  /** Asks, unless it still owes an answer. */
  beat(now: MonoMs): void {
    if (this.#asked !== undefined) return;
    this.#asked = now;
    askDaemon(this.#runDir, "GET", "/log-level", this.#left.signal).then(
      () => this.#heard(true),
      () => this.#heard(false),
    );
  }

  #heard(isThere: boolean): void {
    this.#asked = undefined;
    this.#isThere = isThere;
    if (!this.#left.signal.aborted) this.#changed();
  }

  /** False: nobody listens. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** Since when one that is there owes an answer; undefined: it answers. */
  silentSince(now: MonoMs): MonoMs | undefined {
    return this.#asked !== undefined && now - this.#asked > PATIENCE_MS ? this.#asked : undefined;
  }

  close(): void {
    this.#left.abort();
  }
}
