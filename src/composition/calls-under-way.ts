/** Clients' calls that do work, from when they are asked until they are answered: for whoever asks who waits for what. */
import type { CallLog } from "../grpc/call-log.ts";
import { Refusals, type Refusal } from "../inspect/refusals.ts";
import type { SceneCaller } from "../inspect/scene.ts";
import type { Caller } from "../supervisors/runtime.ts";
import type { MonoMs } from "../vocabulary/index.ts";

export interface CallsUnderWay extends CallLog {
  /** The call of this caller waits for this actor. */
  attached(actor: string, caller: Pick<Caller, "call">): void;
  list(): readonly SceneCaller[];
  /** Those that were refused or failed, the last of each kind. */
  refused(): readonly Refusal[];
}

export interface CallsClock {
  monoMs(): MonoMs;
  /** Milliseconds since 1970, as in a call's deadline. */
  wallMs(): number;
}

/** Tells `log` of each as well. */
export const callsUnderWay = (log: CallLog, clock: CallsClock): CallsUnderWay => {
  const calls = new Map<number, SceneCaller>();
  const refusals = new Refusals();
  return {
    asked(call) {
      const { method, about, agent, deadline } = call;
      const n = log.asked(call);
      const since = clock.monoMs();
      calls.set(n, {
        method,
        ...(about !== undefined && { about }),
        ...(agent !== undefined && { agent }),
        since,
        ...(deadline !== undefined && { until: since + (deadline - clock.wallMs()) }),
      });
      return n;
    },
    answered(n, code, ms, text) {
      const call = calls.get(n);
      calls.delete(n);
      const { method = "", about = "" } = call ?? {};
      refusals.answered({ method, about, mono: clock.monoMs(), code, ...(text !== undefined && { text }) });
      log.answered(n, code, ms, text);
    },
    read: (...read) => log.read(...read),
    attached(actor, { call: n }) {
      const call = n === undefined ? undefined : calls.get(n);
      if (n !== undefined && call) calls.set(n, { ...call, actor });
    },
    list: () => [...calls.values()],
    refused: () => refusals.list(),
  };
};
