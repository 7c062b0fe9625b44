/**
 * The records of the flight recorder: what entered the daemon, which actor it moved and how, which calls were made and how
 * they ended. One JSON object a line, and names that read without this file.
 *
 * They hold what decides and nothing else, for so do events and contexts: no configuration, environment, argument, annotation
 * or credential. `FORMAT` goes up with each change that an older reader would misread.
 */
import type { ErrorCode, Failure } from "../errors.ts";
import type { MonoMs } from "../vocabulary/index.ts";

export const FORMAT = 1;

/** What an actor is known by to people; what it has none of is absent. */
export interface Name {
  readonly namespace?: string;
  readonly pod?: string;
  readonly uid?: string;
  readonly container?: string;
  readonly attempt?: number;
  readonly image?: string;
}

interface Common {
  /** Counts up by one, over the daemon's restarts too. */
  readonly seq: number;
  readonly mono: MonoMs;
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Number of what entered by the door and led to this; 0: it came from outside. */
  readonly cause: number;
}

/** A daemon begins, or a segment of its recording. All that follows is of this daemon, until the next one begins. */
export interface Opened {
  readonly kind: "opened";
  readonly format: typeof FORMAT;
  readonly version: string;
  readonly pid: number;
  readonly boot: string;
  /** Says whether two daemons have the same charts. */
  readonly charts: string;
  /** False: a daemon that has recorded before goes on in a new segment. */
  readonly begun: boolean;
}

/** All that there was when this segment began has been said in it: no older one is needed to know where everybody is. */
export interface Whole {
  readonly kind: "whole";
}

/** An actor as it is, whole: at its birth, and once in each segment. */
export interface Key {
  readonly kind: "key";
  readonly actor: string;
  readonly parent?: string;
  readonly name?: Name;
  readonly born: boolean;
  /** How often an actor of this id has begun, in this daemon. */
  readonly incarnation: number;
  readonly state: string;
  readonly since: MonoMs;
  readonly context: Readonly<Record<string, unknown>>;
}

/** An actor took an event. */
export interface Step {
  readonly kind: "step";
  readonly actor: string;
  readonly event: { readonly type: string };
  /** Where it is now; absent: where it was. */
  readonly state?: string;
  /** What has changed in its context. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Guards that said no, in the order in which they were asked. */
  readonly refused?: readonly string[];
  /** It neither takes the event nor ignores it on purpose: a defect. */
  readonly unhandled?: true;
}

export interface Gone {
  readonly kind: "gone";
  readonly actor: string;
  /**
   * stopped: its owner has crashed, and begins again with it or without it. lost: without it. dismissed: it crashed with
   * nothing left to do.
   */
  readonly how: "ended" | "crashed" | "quarantined" | "stopped" | "lost" | "dismissed";
  readonly text?: string;
}

/** An actor asks for a driver call. */
export interface Called {
  readonly kind: "call";
  readonly n: number;
  readonly by: string;
  readonly driver: string;
  readonly verb: string;
  /** The object that it is about. */
  readonly id: string;
  readonly boundMs: number | null;
  /** Of a wait for a moment: which. */
  readonly at?: MonoMs;
  /** False: an earlier call of the same actor is under way; `made` says when its turn came. */
  readonly begun: boolean;
  /** Said anew in a later segment: since when. */
  readonly since?: MonoMs;
}

export interface Made {
  readonly kind: "made";
  readonly n: number;
}

/** What a call is at, as its driver says; of what changes faster, once a second. */
export interface Doing {
  readonly kind: "doing";
  readonly n: number;
  readonly text: string;
  /** Said anew in a later segment: since when. */
  readonly since?: MonoMs;
}

export interface Ended {
  readonly kind: "ended";
  readonly n: number;
  readonly ms: number;
  readonly failure?: Failure;
  /** Nobody waited for it any more. */
  readonly abandoned?: true;
}

/** Nobody waits for this call any more; it goes on. */
export interface Abandoned {
  readonly kind: "abandoned";
  readonly n: number;
}

/** A client's call that does work. */
export interface Asked {
  readonly kind: "rpc";
  readonly n: number;
  readonly method: string;
  readonly about?: string;
  readonly agent?: string;
  /** Milliseconds since 1970. */
  readonly deadline?: number;
  /** Said anew in a later segment: since when. */
  readonly since?: MonoMs;
}

/** A client's call waits for a work of an actor. */
export interface Waits {
  readonly kind: "waits";
  readonly n: number;
  readonly actor: string;
  readonly work: number;
}

export interface Answered {
  readonly kind: "answer";
  readonly n: number;
  /** Its gRPC name. */
  readonly code: string;
  readonly ms: number;
  readonly text?: string;
}

/** A client's call that only reads, which never waits: one record when it has ended. */
export interface Read {
  readonly kind: "read";
  readonly method: string;
  readonly code: string;
  readonly ms: number;
}

/** The daemon's own words. */
export interface Said {
  readonly kind: "said";
  readonly level: string;
  readonly text: string;
}

/** The event loop stood still; told by the watchdog. */
export interface Stalled {
  readonly kind: "stalled";
  readonly ms: number;
  /** Functions of the main thread with their places, innermost first. */
  readonly stack: readonly string[];
  /** What the main thread was in the kernel for. */
  readonly syscall?: string;
}

/** Records that could not be written, since the last one that could. */
export interface Lost {
  readonly kind: "lost";
  readonly records: number;
  readonly why: { readonly code: ErrorCode; readonly text: string };
}

export type What =
  | (Opened | Whole | Key | Step | Gone)
  | (Called | Made | Doing | Ended | Abandoned)
  | (Asked | Waits | Answered | Read)
  | (Said | Stalled | Lost);

export type FlightRecord = Common & What;
