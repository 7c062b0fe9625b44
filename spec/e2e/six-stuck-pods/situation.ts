/** What a stuck pod is for the specs of it: how it is made, and what is to be said of it. */
import type { ServerResponse } from "node:http";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import type { FakeRegistry } from "../../drivers/images/fake-registry.ts";
import type { ScriptedPlugin } from "../../support/scripted-plugin.ts";
import type { Staged } from "../../support/stage-registry.ts";
import type { TestBed } from "../../support/test-bed.ts";

export interface StuckNode {
  readonly bed: TestBed;
  /** Behind the bridge. */
  readonly plugin: ScriptedPlugin;
  readonly registry: FakeRegistry;
  readonly repositories: Map<string, Staged>;
  /** Answers of the registry that are kept back. */
  readonly held: ServerResponse[];
}

export interface Stuck {
  /** The kubelet's call, which is refused. */
  readonly asked: Promise<unknown>;
  /** Ends what holds it up; resolves when nothing of it is left. */
  free(): Promise<void>;
}

export interface Situation {
  readonly title: string;
  /** Resolves when it is stuck. */
  readonly stage: (node: StuckNode) => Promise<Stuck>;
  /** What the kubelet is told a second before its patience ends, or earlier. */
  readonly refusal: RegExp;
  readonly explain: {
    /** The pod; absent: all that is not at rest. */
    readonly of?: string;
    /** Nothing is under way: it is told why it was refused. */
    readonly atRest?: true;
    readonly says: readonly RegExp[];
  };
  readonly page: {
    /** The cause, and what ends it. */
    readonly says: readonly RegExp[];
    /** The record with which it is so. */
    readonly since: (record: FlightRecord) => boolean;
  };
}
