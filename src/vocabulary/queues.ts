/** What waits somewhere, against the bound at which the next one is refused: callers, bytes, events. */
export interface QueueFigures {
  /** Where there are several of a kind: of the longest. */
  readonly length: number;
  readonly bound: number;
  /** Since the daemon's start. */
  readonly refused: number;
}
