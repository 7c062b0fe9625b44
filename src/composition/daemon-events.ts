/** What happens to actors, told to all who want to know: the log, the flight recorder, the metrics, the watch over who is stuck. */
import type { Name } from "../inspect/record.ts";
import type { StuckWatch } from "../supervisors/stuck-watch.ts";
import type { SystemEvents } from "../supervisors/system.ts";
import type { NodeMetrics } from "./metrics/node-metrics.ts";
import type { Recorded } from "./recorded-system.ts";
import type { Report } from "./report.ts";
import { toldMoves } from "./told-moves.ts";

export interface Hearers {
  readonly report: Report;
  readonly nameOf: (actor: string) => Name | undefined;
  readonly recorded: Recorded;
  readonly metrics: NodeMetrics;
  readonly stuck: StuckWatch;
  /** An actor is quarantined: what others wait for is given back. */
  readonly giveBack: (actor: string) => void;
  /** The daemon is over, with this exit status. */
  readonly over: (status: number) => void;
}

export const daemonEvents = (hearers: Hearers): SystemEvents => {
  const { report, nameOf, recorded, metrics, stuck, giveBack, over } = hearers;
  const moves = toldMoves(report, nameOf);
  return {
    ...recorded,
    moved(transition) {
      moves.moved(transition);
      metrics.moved(transition);
      stuck.moved(transition);
    },
    gone(actor, how) {
      recorded.gone(actor, how);
      moves.gone(actor);
      stuck.forget(actor);
    },
    defect: (text, error) => report.say("error", `${text}: ${String(error)}`),
    unhandled: (actor, state, event) => report.say("error", `${actor} in ${state} did not expect ${event}`),
    crashed(actor, error) {
      recorded.crashed(actor, error);
      metrics.crashed(actor);
      report.say("error", `${actor} crashed: ${String(error)}`);
    },
    quarantined(actor, reason) {
      recorded.quarantined(actor, reason);
      stuck.forget(actor);
      giveBack(actor);
      report.say("error", `${actor} is quarantined: ${reason}`);
    },
    failed(error) {
      report.say("fatal", `the tree has failed: ${String(error)}`);
      over(1);
    },
    closed: () => over(0),
  };
};
