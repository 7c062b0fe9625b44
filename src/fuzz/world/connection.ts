/** What lies between a daemon and a simulated monitor. */
import type { FromMonitor, Request } from "../../monitor/protocol.ts";

/** One connection: what was said and not yet heard, each way in order. */
export interface Connection {
  readonly n: number;
  readonly toMonitor: { readonly seq: number; readonly request: Request }[];
  readonly toDaemon: FromMonitor[];
  /** The monitor's end is gone; what it said before may still be heard. */
  broken: boolean;
  /** The daemon's end is gone; what it asked before may still be heard. */
  hungUp: boolean;
}

/** What a question is about, as calls name it. */
export const subjectOf = (request: Request): string => {
  if ("id" in request) return request.id;
  if (request.verb === "upgrade") return "monitor-link";
  return request.verb === "exec" ? request.request.execId : request.request.id;
};
