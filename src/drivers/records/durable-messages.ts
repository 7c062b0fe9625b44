/** What the durable store and its thread say to each other: a list of questions, then a list of as many answers. */
import type { Failure } from "../../errors.ts";
import type { Change, Table } from "./durable.ts";

export interface Row {
  readonly key: string;
  readonly json: string;
  /** Why what it says is not what was put. */
  readonly damaged?: string;
}

export type Question = { readonly changes: readonly Change[] } | { readonly all: Table } | { readonly close: true };

export type Answer = { readonly rows: readonly Row[] } | { readonly failure: Failure };
