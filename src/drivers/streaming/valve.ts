/**
 * Lets a connection's bytes in as long as nobody holds it: someone who has not read what came, a header block at the
 * decompressor, answers that the client does not take.
 *
 * A paused socket does not tell that its peer has gone. So a long hold is probed: with the first bytes written after the
 * peer's end the socket fails.
 */
const PROBE_MS = 2000;

export interface Held {
  pause(): void;
  resume(): void;
  /** Writes something that the peer does not mind. */
  probe(): unknown;
}

export class Valve {
  readonly #held: Held;
  #holds = 0;
  #open = false;
  #probes: NodeJS.Timeout | undefined;
  /** Whether this hold was seen at a beat already. */
  #isLong = false;

  constructor(held: Held) {
    this.#held = held;
  }

  /** Answers with its release, which may be called more than once. */
  hold(): () => void {
    if (this.#open) return () => {};
    if (this.#holds++ === 0) this.#close();
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      if (--this.#holds === 0 && !this.#open) this.#release();
    };
  }

  /** For good: what comes from now on is thrown away. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#release();
  }

  #close(): void {
    this.#isLong = false;
    this.#held.pause();
    // Most holds last for a fraction of a turn: the timer is kept, and sees at its next beat whether it is needed.
    this.#probes ??= setInterval(() => this.#beat(), PROBE_MS).unref();
  }

  #release(): void {
    this.#held.resume();
    if (this.#open) clearInterval(this.#probes);
  }

  #beat(): void {
    if (this.#holds === 0) {
      clearInterval(this.#probes);
      this.#probes = undefined;
    } else if (this.#isLong) void this.#held.probe();
    else this.#isLong = true;
  }
}
