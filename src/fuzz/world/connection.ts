/** What lies between a daemon and a simulated monitor. */
import type { Effect } from "../../monitor/bookkeeping.ts";
import { SPOKEN, type FromMonitor, type Request } from "../../monitor/protocol.ts";
import type { ContainerId, ExecId } from "../../vocabulary/index.ts";

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
  if ("attachId" in request) return request.attachId;
  if ("id" in request) return request.id;
  if (request.verb === "upgrade") return "monitor-link";
  return request.verb === "exec" ? request.request.execId : request.request.id;
};

/** What a monitor says. */
export const wordsOf = (
  effect: Extract<Effect, { do: "greet" | "answer" | "tell" | "tellDetached" }>,
  pid: number,
): FromMonitor => {
  switch (effect.do) {
    case "greet": {
      const containers = effect.containers as readonly ContainerId[];
      const execs = effect.execs as readonly ExecId[];
      return { type: "welcome", protocol: SPOKEN.newest, pid, version: "1", containers, execs };
    }
    case "answer":
      return { type: "answer", seq: effect.seq, result: effect.result };
    case "tell":
      return { type: "exited", kind: effect.kind, id: effect.id, exit: effect.exit };
    case "tellDetached":
      return { type: "detached", attachId: effect.attachId, why: effect.why };
  }
};
