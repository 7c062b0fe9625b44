/**
 * Where a container goes on after its actor, its daemon or its monitor died: record × world → phase. Pure.
 *
 * A doubtful record is never a reason to kill: a process that lives under a record that says less is taken as running.
 * Only a container whose creation was never told to anyone is undone.
 */
import type { Failure } from "../errors.ts";
import type { Exit, MonoMs } from "../vocabulary/index.ts";
import type { ContainerPhase, ContainerVerb } from "./container-setup.ts";
import type { WorkMemo } from "./work.ts";

/** The container's first process; pids are used again, start times with them are not. */
export interface Init {
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * What became of a container's limits by the last update: they are as before, as was wanted, or (`doubtful`) neither wholly:
 * the update failed in the midst, and what was before could not be put back.
 */
export type Limits = "kept" | "changed" | "doubtful";

/** What a record says that recovery needs. */
export interface ContainerMemo extends WorkMemo<ContainerVerb> {
  readonly phase: ContainerPhase;
  readonly init: Init | null;
  readonly started: boolean;
  /** The stop signal has been sent. */
  readonly asked: boolean;
  readonly exit: Exit | null;
  readonly deadline: MonoMs | null;
  readonly failure: Failure | null;
  /** Absent: the record of a Troupe that changed none. */
  readonly limits?: Limits;
  /** Why the start or update whose result this is has come to nothing: whoever still waits for it is told after a crash. */
  readonly refusal?: Failure;
}

export type Looked = { readonly is: "running" } | { readonly is: "exited"; readonly exit: Exit };

/** What the world says: the OCI runtime (absent: it knows no such container, or did not answer) and the process. */
export interface ContainerFound {
  readonly status?: "creating" | "created" | "running" | "paused" | "stopped";
  /** The OCI runtime has answered. */
  readonly answered?: boolean;
  readonly looked?: Looked;
}

export interface Recovered {
  readonly as: "created" | "running" | "updating" | "asking" | "stopping" | "settling" | "stopped" | "removing";
  readonly exit?: Exit;
  readonly started?: boolean;
  readonly failure?: Failure;
  /** Why the work that was under way has come to nothing, where that says nothing of the container. */
  readonly refusal?: Failure;
}

const interrupted = (verb: string): Failure => ({
  code: "Unavailable",
  text: `${verb} was interrupted by a restart of the runtime; the client may ask again`,
});

/** Whether the program runs or still waits to be started only the OCI runtime knows, and it has not answered. */
export const isDoubtful = ({ phase }: ContainerMemo, { answered = false }: ContainerFound, looked: Looked): boolean =>
  phase === "starting" && !answered && looked.is === "running";

export const recoverContainer = (memo: ContainerMemo, { status, looked }: ContainerFound): Recovered => {
  const ended = looked?.is === "exited" ? { exit: looked.exit } : undefined;
  switch (memo.phase) {
    case "creating":
      return { as: "removing", failure: interrupted("creating the container") };
    case "created":
      return ended ? { as: "settling", ...ended } : { as: "created" };
    case "starting":
      if (ended) return { as: "settling", started: true, ...ended };
      if (status === "created" || status === "creating")
        return { as: "created", failure: interrupted("starting the container") };
      return { as: "running", started: true };
    case "running":
      return ended ? { as: "settling", ...ended } : { as: "running" };
    case "updating":
      if (ended) return { as: "settling", ...ended, refusal: interrupted("changing the limits") };
      return { as: "updating" };
    case "stopping":
      if (ended) return { as: "settling", ...ended };
      // Asked twice rather than never: without the signal the program would be killed at the deadline, unwarned.
      return { as: memo.started && memo.verb === "stop" && !memo.asked ? "asking" : "stopping" };
    case "stopped":
      return { as: "stopped" };
    case "removing":
      return { as: "removing" };
  }
};
