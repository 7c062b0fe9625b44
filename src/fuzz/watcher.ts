/** Who looks on at a schedule, for coverage, traces and reports. */
import type { Outcome, OpenCall } from "../supervisors/door.ts";
import type { Transition } from "../supervisors/observer.ts";
import type { Fate } from "./world/operations.ts";

/** Looks on: what actors do, what becomes of their calls and of operations in the world, and what befalls the node. */
export interface Watcher {
  moved?(transition: Transition): void;
  took?(actor: string, transitions: readonly object[]): void;
  crashed?(actor: string): void;
  called?(open: OpenCall): void;
  ended?(open: OpenCall, outcome: Outcome): void;
  /** The daemon died; these calls were under way. */
  died?(open: readonly OpenCall[]): void;
  fated?(name: string, object: string, fate: Fate): void;
  /** A client's call begins, or is over. */
  asked?(what: string): void;
  answered?(what: string, how: "ok" | "refused"): void;
  struck?(what: string): void;
  step?(line: string): void;
}
