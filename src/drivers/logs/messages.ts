/** What the monitor's main thread and its log thread say to each other. */
import type { LogSource } from "./container-log.ts";

export interface LogThreadData {
  /** Where the journal lies; on a memory filesystem. */
  readonly directory: string;
  readonly lane: string;
  /** An eventfd: signalled after each order, as the thread sleeps in epoll_wait and not on its event loop. */
  readonly wake: number;
  /** What was already being logged, by a predecessor. */
  readonly sources: readonly LogSource[];
}

export type LogOrder =
  | { readonly type: "open"; readonly source: LogSource }
  /** To be answered when all that is in the FIFOs at this moment is in the log. */
  | { readonly type: "drain"; readonly id: string; readonly number: number }
  /** Takes what is in the FIFOs, lets go of them and says `closed`. */
  | { readonly type: "close"; readonly id: string }
  /** Ends the thread between two chunks. */
  | { readonly type: "stop" };

export type LogNews =
  | { readonly type: "drained"; readonly number: number }
  /** Nobody holds the container's streams to write any more, and all is in the log. */
  | { readonly type: "ended"; readonly id: string }
  | { readonly type: "closed"; readonly id: string }
  /** The log takes nothing now; the thread tries again, and the container waits once its FIFO is full. */
  | { readonly type: "stalled"; readonly id: string; readonly reason: string }
  | { readonly type: "resumed"; readonly id: string }
  | { readonly type: "stopped" };
