/**
 * A chart that keeps nothing of the actors that have ended under it. XState keeps for ever, with a chart, which transitions
 * each type of event may take; and the end of an actor is a type of its own, so that a daemon would grow with every exec that
 * it ever ran (spec/supervisors/traps.spec.ts). Here all ends are of one type; their `actorId` tells whose they are.
 */
import type { AnyEventObject, AnyStateMachine } from "xstate";

const END = /^(xstate\.(?:done|error)\.actor)\..*$/s;

/** The same machine, changed. It must not tell its children's ends apart by their types. */
export const forgetful = <Machine extends AnyStateMachine>(machine: Machine): Machine => {
  const transition = machine.transition.bind(machine) as AnyStateMachine["transition"];
  machine.transition = (snapshot, event: AnyEventObject, scope) =>
    transition(snapshot, { ...event, type: event.type.replace(END, "$1.child") }, scope);
  return machine;
};
