/**
 * How much of the actors' ways is told. Who reads along wants to hear what came of things: where an actor comes to rest, or
 * to its end. The steps between are for who looks closer, and so is all of supervisors, which always rest, and of commands and
 * clients before containers, of which probes make thousands.
 */
import { isArrival } from "../machines/arrivals.ts";
import { machineOf } from "../machines/catalogue.ts";
import type { Transition } from "../supervisors/observer.ts";
import { kindOf, type LogLevel } from "../vocabulary/index.ts";

const OFTEN: ReadonlySet<string> = new Set(["exec", "attach"]);

export const isOften = (actor: string): boolean => OFTEN.has(kindOf(actor));

export const transitionLevel = ({ actor, to }: Pick<Transition, "actor" | "to">): LogLevel =>
  !isOften(actor) && machineOf(kindOf(actor)) && isArrival(kindOf(actor), to) ? "info" : "debug";
