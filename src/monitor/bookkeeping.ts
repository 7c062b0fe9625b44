/** What the monitor's reducer knows, hears and orders: its state, its inputs and its effects. All of it is JSON. */
import type { Failure } from "../errors.ts";
import type { Exit } from "../vocabulary/index.ts";
import type {
  AttachRequest,
  CreateRequest,
  ExecRequest,
  Kind,
  ProcessName,
  Request,
  Result,
  WhyDetached,
} from "./protocol.ts";

/** A request that still waits for its answer: the number of a connection and of a question in it. */
export interface Asker {
  readonly daemon: number;
  readonly seq: number;
}

export interface Subject {
  readonly id: string;
  readonly kind: Kind;
  readonly phase: "starting" | "living" | "ended";
  /** Who waits for the OCI runtime to be done. */
  readonly asker?: Asker;
  /** Who wants to know how it is, and must wait while it starts. */
  readonly lookers: readonly Asker[];
  readonly exit?: Exit;
  /** The exit is in a daemon's records. */
  readonly acknowledged: boolean;
  /** Nobody wants to hear of it any more; a living one is still waited for. */
  readonly forgotten: boolean;
  /** Something may still come into its log. */
  readonly logging: boolean;
}

/** A copy of what a container writes, for a daemon that reads it. */
export interface Attachment {
  readonly id: string;
  readonly daemon: number;
  /** Who waits for it to begin. */
  readonly asker?: Asker;
}

export interface MonitorState {
  readonly subjects: Readonly<Record<string, Subject>>;
  readonly attachments: Readonly<Record<string, Attachment>>;
  /** Connections that have said hello. */
  readonly daemons: readonly number[];
  /** Just begun: whoever started us will come. */
  readonly expecting: boolean;
  /** Somebody else starts and stops us, a service manager: we do not leave by ourselves. */
  readonly stays: boolean;
  /** A child ended while a tool was running; the sweep of all waits for the tool. */
  readonly sweepDue: boolean;
  /** The upgrade waits until no tool is running. */
  readonly upgrade?: Asker & { readonly begun: boolean };
  readonly left: boolean;
}

/** What is found of a subject when the monitor begins: a predecessor's records. */
export type Found = Pick<Subject, "id" | "kind" | "exit" | "acknowledged" | "forgotten" | "logging">;

export type Input =
  | { readonly type: "found"; readonly subject: Found }
  | { readonly type: "greeted"; readonly daemon: number }
  | { readonly type: "parted"; readonly daemon: number }
  | { readonly type: "asked"; readonly daemon: number; readonly seq: number; readonly request: Request }
  | { readonly type: "started"; readonly id: string; readonly init: ProcessName }
  | { readonly type: "startFailed"; readonly id: string; readonly failure: Failure }
  | { readonly type: "ended"; readonly id: string; readonly exit: Exit }
  | { readonly type: "logEnded"; readonly id: string }
  | { readonly type: "attached"; readonly attachId: string }
  | { readonly type: "attachFailed"; readonly attachId: string; readonly failure: Failure }
  /** A copy has ended, or was cut off; its descriptors are still there. */
  | { readonly type: "detached"; readonly attachId: string; readonly why: WhyDetached }
  /** Some child ended: SIGCHLD. */
  | { readonly type: "childEnded" }
  | { readonly type: "upgradeFailed"; readonly failure: Failure }
  /** Whoever was expected has not come. */
  | { readonly type: "nobodyCame" };

export type StreamRequest = Extract<Request, { verb: "closeInput" | "terminal" | "adopt" | "reopen" }>;

export type Effect =
  | {
      readonly do: "greet";
      readonly daemon: number;
      readonly containers: readonly string[];
      readonly execs: readonly string[];
    }
  | { readonly do: "answer"; readonly daemon: number; readonly seq: number; readonly result: Result }
  | { readonly do: "tell"; readonly daemon: number; readonly kind: Kind; readonly id: string; readonly exit: Exit }
  | { readonly do: "create"; readonly request: CreateRequest }
  | { readonly do: "exec"; readonly request: ExecRequest }
  | {
      readonly do: "drain";
      readonly daemon: number;
      readonly seq: number;
      readonly id: string;
      readonly boundMs: number;
    }
  /** Writes the exit where it outlives us. Before `reap`: until then the kernel keeps it. */
  | { readonly do: "keepExit"; readonly kind: Kind; readonly id: string; readonly exit: Exit }
  | { readonly do: "reap"; readonly id: string }
  | { readonly do: "acknowledge"; readonly id: string }
  /** Notes that a living subject is to be dropped silently when it ends. */
  | { readonly do: "forget"; readonly id: string }
  /** Kills the command of an exec, with all that it started. */
  | { readonly do: "end"; readonly id: string }
  /** Closes and deletes all that was kept. */
  | { readonly do: "release"; readonly id: string }
  | { readonly do: "attach"; readonly request: AttachRequest }
  /** Ends a copy, if it has not ended yet, and closes its descriptors. */
  | { readonly do: "detach"; readonly attachId: string }
  | {
      readonly do: "tellDetached";
      readonly daemon: number;
      readonly attachId: string;
      readonly why: WhyDetached;
    }
  /** Something with the streams of a container that is known: done, and answered to who asks. */
  | ({ readonly do: "handle"; readonly request: StreamRequest } & Asker)
  | { readonly do: "sweep" }
  /** The containers with these ids are being created: what comes of them is no stray. */
  | { readonly do: "sweepBeside"; readonly creating: readonly string[] }
  | { readonly do: "upgrade" }
  | { readonly do: "leave" };

export type Step = readonly [MonitorState, readonly Effect[]];
