/** Where a flight recorder writes: the last so many bytes of text, in segments, which outlive the process. */

export interface FlightRing {
  /** Writes lines at once. True where a new segment is to begin: what follows goes into it. Never throws. */
  append(lines: string): boolean;
  readonly health: FlightHealth;
  close(): void;
}

export interface FlightHealth {
  readonly segments: number;
  /** Of all segments together. */
  readonly bytes: number;
  /** Writes that failed since it was opened. */
  readonly failures: number;
  /** Why the last write failed; absent: it did not. */
  readonly trouble?: string;
}

export interface FlightOptions {
  readonly directory: string;
  /** A segment ends after this many bytes. */
  readonly segmentBytes: number;
  /** How many there are at most, the one that is written included. */
  readonly segments: number;
}
