/** What a daemon tells of itself, and who hears it: those who judge, and whoever looks on. */
import type { Conduct } from "./conduct.ts";
import type { Daemon, DaemonOptions } from "./daemon.ts";
import type { Inquiry } from "./inquiry.ts";
import type { Watcher } from "./watcher.ts";

export interface Hearing {
  readonly conduct: Conduct;
  readonly inquiry: Inquiry;
  readonly watcher: Watcher | undefined;
  /** The one that speaks. */
  readonly daemon: () => Daemon;
  readonly say: (line: string) => void;
  /** It has ended. */
  readonly die: () => void;
}

export const hearingOf = ({ conduct, inquiry, watcher, daemon, say, die }: Hearing): DaemonOptions["events"] => ({
  moved: (transition) => {
    watcher?.moved?.(transition);
    conduct.moved(transition);
    inquiry.moved(daemon(), transition);
  },
  took: (actor, transitions) => watcher?.took?.(actor, transitions),
  crashed: (actor, error) => {
    conduct.crashed(actor, error);
    inquiry.crashed(daemon().actor(actor));
    say(`${actor} crashes`);
    watcher?.crashed?.(actor);
  },
  quarantined: (actor) => inquiry.budgets.quarantined(actor),
  called: (open) => {
    inquiry.called(daemon(), open);
    watcher?.called?.(open);
  },
  ended: (open, outcome) => {
    inquiry.ended(open);
    watcher?.ended?.(open, outcome);
  },
  failed: (error) => {
    conduct.rootFailed(error);
    die();
  },
  closed: () => {
    inquiry.closed(daemon());
    die();
  },
});
