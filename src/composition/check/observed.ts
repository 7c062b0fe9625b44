/** What a look at the node has seen: what the records say, and what is there. */
import type { Init } from "../../machines/container-recovery.ts";
import type { Thing } from "../../vocabulary/index.ts";

interface Recorded {
  readonly id: string;
  /** As people name it: `default/web`, `default/web/app`. */
  readonly title: string;
  readonly phase: string;
  /** The first process that the record tells of; `lives`: that one, and not who has its pid now. */
  readonly init: (Init & { readonly lives: boolean }) | null;
}

export interface RecordedSandbox extends Recorded {
  readonly kind: "sandbox";
  readonly pinned: readonly ("netns" | "ipc" | "uts" | "userns")[];
  /** It has addresses, of which there is to be a note. */
  readonly attached: boolean;
}

export interface RecordedContainer extends Recorded {
  readonly kind: "container";
  readonly sandboxId: string;
}

export type RecordSeen = RecordedSandbox | RecordedContainer;

/** A record that cannot be read, or not be understood. */
export interface Doubt {
  readonly file: string;
  readonly id: string;
  readonly reason: string;
}

export interface Observed {
  readonly records: readonly RecordSeen[];
  readonly doubts: readonly Doubt[];
  readonly things: readonly Thing[];
  /** Pid of who has the daemon's lock; absent: no daemon runs. */
  readonly daemon?: number;
  readonly monitor?: number;
}
