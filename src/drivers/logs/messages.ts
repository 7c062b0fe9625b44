/** What the monitor's main thread and its log thread say to each other. */
import type { Failure } from "../../errors.ts";
import type { LogSource, LogTerminal } from "./container-log.ts";
import type { Attached, Detachment } from "./taps.ts";

export interface LogThreadData {
  /** Where the journal lies; on a memory filesystem. */
  readonly directory: string;
  readonly lane: string;
  /** An eventfd: signalled after each order, as the thread sleeps in epoll_wait and not on its event loop. */
  readonly wake: number;
  readonly journaldSocket: string;
  /** What was already being logged, by a predecessor. */
  readonly sources: readonly LogSource[];
  readonly taps: readonly Attached[];
}

export type LogOrder =
  | { readonly type: "open"; readonly source: LogSource }
  | { readonly type: "terminal"; readonly id: string; readonly terminal: LogTerminal }
  /** To be answered when the tap gets what comes from now on. */
  | { readonly type: "attach"; readonly attached: Attached; readonly number: number }
  /** To be answered when the tap is let go of. */
  | { readonly type: "detach"; readonly attachId: string; readonly number: number }
  /** To be answered when what comes from now on goes into the file at the log's path. */
  | { readonly type: "reopen"; readonly id: string; readonly number: number }
  /** To be answered when all that is in the FIFOs at this moment is in the log. */
  | { readonly type: "drain"; readonly id: string; readonly number: number }
  /** Takes what is in the FIFOs, lets go of them and says `closed`. */
  | { readonly type: "close"; readonly id: string }
  /** Ends the thread between two chunks. */
  | { readonly type: "stop" };

export type LogNews =
  /** To an `attach`, `detach`, `reopen` or `drain`. */
  | { readonly type: "answer"; readonly number: number; readonly failure?: Failure }
  /** Nobody holds the container's streams to write any more, and all is in the log. */
  | { readonly type: "ended"; readonly id: string }
  | { readonly type: "hungUp"; readonly id: string }
  | { readonly type: "detached"; readonly attachId: string; readonly why: Detachment }
  | { readonly type: "closed"; readonly id: string }
  /** The log takes nothing now; the thread tries again. `drops`: without it the container waits once its FIFO is full. */
  | { readonly type: "stalled"; readonly id: string; readonly reason: string; readonly drops: boolean }
  | { readonly type: "resumed"; readonly id: string; readonly droppedBytes: number }
  /** Of no log, but what a person should know. */
  | { readonly type: "warned"; readonly text: string }
  | { readonly type: "stopped" };
