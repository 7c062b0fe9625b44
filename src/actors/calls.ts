/**
 * A driver call as data, and the slot that makes it. Actors hold no promises: a slot hands its call to the door, and the
 * outcome comes back through the door as an event.
 */
import type { AnyEventObject } from "xstate";
import type { SlotLogic, SlotSnapshot, TimedFailure } from "../machines/slot.ts";
import type { Drivers } from "./drivers.ts";

export interface Call {
  /** The actor whose slot it is: its calls are made one after another, over any death. */
  readonly by: string;
  readonly driver: string;
  readonly verb: string;
  /** The object it is about. */
  readonly id: string;
  readonly input: unknown;
  /** After this many milliseconds the driver is told to give up; null: the call has a bound of its own. */
  readonly boundMs: number | null;
}

/** The slot actor that waits for a call. */
export interface CallOwner {
  readonly id: string;
  send(event: AnyEventObject): void;
}

export interface Calls {
  begin(call: Call, owner: CallOwner): void;
  /** The driver is told to give up; the outcome still comes. */
  cancel(owner: CallOwner): void;
  /** Nobody waits any more; the call goes on and its outcome is only recorded. */
  abandon(owner: CallOwner): void;
}

/** Machines are built once; they find the door of the day through this holder. */
export interface Port {
  door: Calls;
}

type CallEvent =
  | { type: "call.done"; output: unknown }
  | { type: "call.failed"; failure: TimedFailure }
  | { type: "call.cancel" }
  | { type: "xstate.stop" };

type InputOf<Verb> = Verb extends (input: infer Input, ...others: never[]) => unknown ? Input : never;
type OutputOf<Verb> = Verb extends (...parameters: never[]) => infer Output ? Awaited<Output> : never;

/** Fills slots with calls of `drivers`: `call("rootfs", "mount", 30_000)`. A bound may be the client's, as the input has it. */
export const calling =
  (port: Port) =>
  <Driver extends keyof Drivers, Verb extends keyof Drivers[Driver] & string>(
    driver: Driver,
    verb: Verb,
    bound: number | null | ((input: InputOf<Drivers[Driver][Verb]>) => number),
  ): SlotLogic<OutputOf<Drivers[Driver][Verb]>, InputOf<Drivers[Driver][Verb]>> => {
    type Input = InputOf<Drivers[Driver][Verb]>;
    type Output = OutputOf<Drivers[Driver][Verb]>;
    type State = SlotSnapshot<Output, Input>;
    return {
      getInitialSnapshot: (_, input) => ({ status: "active", input, output: undefined, error: undefined }),
      start: ({ status, input }, { self }) => {
        const { id } = input as { id: string };
        const boundMs = typeof bound === "function" ? bound(input) : bound;
        const by = self._parent?.id ?? "";
        if (status === "active") port.door.begin({ by, driver, verb, id, input, boundMs }, self);
      },
      transition: (state, event, { self }): State => {
        const given = event as CallEvent;
        switch (given.type) {
          case "call.done":
            return { ...state, status: "done", output: given.output as Output, error: undefined };
          case "call.failed":
            return { ...state, status: "error", output: undefined, error: given.failure };
          case "call.cancel":
            port.door.cancel(self);
            return state;
          case "xstate.stop":
            port.door.abandon(self);
            return { ...state, status: "stopped", output: undefined, error: undefined };
        }
      },
      getPersistedSnapshot: (state) => state,
    };
  };
