/** What `troupe ui` sends to the page, as JSON in server-sent events. Those with records have the last one's number as their id. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Picture } from "./picture.ts";
import type { FlightRecord, Stalled } from "./record.ts";

export interface PageStart {
  readonly kind: "start";
  readonly host: string;
  /** What the page may ask for; otherwise it only looks. */
  readonly actions: boolean;
  /** How often a simulation came by each state and edge, by `machine: edge`. */
  readonly coverage?: Coverage;
  /** How many messages of records follow until the page is where the daemon is. */
  readonly records: number;
}

export interface Coverage {
  readonly states: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
}

/** The picture before the records that follow. */
export interface PageBase extends Pick<Picture, "seq" | "gaps" | "lost"> {
  readonly kind: "base";
  readonly records: readonly FlightRecord[];
}

export interface PageRecords {
  readonly kind: "records";
  readonly records: readonly FlightRecord[];
  /** When it was sent. */
  readonly mono: MonoMs;
}

/** A loop that stands still at this moment, since `mono`. */
export type PageStall = Pick<Stalled, "ms" | "stack" | "syscall"> & { readonly mono: MonoMs };

/** Whether a daemon is there, and whether its loop turns. */
export interface PageDaemon {
  readonly kind: "daemon";
  readonly alive: boolean;
  readonly stall?: PageStall;
  readonly mono: MonoMs;
}

/** The recording is no longer there: its directory was removed. */
export interface PageEnd {
  readonly kind: "end";
  readonly why: string;
}

export type PageMessage = PageStart | PageBase | PageRecords | PageDaemon | PageEnd;
