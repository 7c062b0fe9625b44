/**
 * How the limits of a container that is created or runs are changed: all of what is wanted, or nothing.
 *
 *   intending ─▶ applying ─▶ committing ─▶ returning
 *                   └ fails ─▶ restoring ─▶ committing
 *
 * What is wanted is recorded before, and taken for what is in force when the record behind it says so. A daemon that died in
 * the midst applies it again: the OCI runtime's `update` may be repeated. Where what was cannot be put back either, the
 * record says that the limits are in doubt, and the next update that goes well ends the doubt.
 */
import { containerSetup, hastening, own, recording, waits } from "./container-setup.ts";
import { passing } from "./nri.ts";
import type { TimedFailure } from "./slot.ts";

type ErrorEvent = { readonly event: { readonly error: unknown } };
/** The update has come to nothing; why is told when the record says so. */
const refused = <Target extends string>(target: Target) =>
  ({
    target,
    actions: { type: "noteRefusal", params: ({ event }: ErrorEvent) => event.error as TimedFailure },
  }) as const;

export const updating = containerSetup.createStateConfig({
  on: hastening,
  initial: "intending",
  states: {
    intending: {
      meta: waits("RUNNING", "record"),
      // A record that failed may have been written all the same: what is true is recorded behind it.
      invoke: { src: "record", input: recording("updating"), onDone: "consulting", onError: refused("committing") },
    },
    consulting: passing("UpdateContainer", "applying"),
    applying: {
      meta: waits("RUNNING", "update"),
      invoke: {
        src: "update",
        input: own,
        onDone: { target: "committing", actions: "noteApplied" },
        onError: refused("restoring"),
      },
    },
    restoring: {
      meta: waits("RUNNING", "restore"),
      invoke: {
        src: "restore",
        input: own,
        onDone: { target: "committing", actions: "noteRestored" },
        onError: {
          target: "committing",
          actions: { type: "noteDoubt", params: ({ event }) => event.error as TimedFailure },
        },
      },
    },
    committing: {
      meta: waits("RUNNING", "record"),
      invoke: {
        src: "record",
        input: ({ context }) => recording(context.started ? "running" : "created")({ context }),
        onDone: { target: "telling", actions: ["forgetTrouble", "endUpdate"] },
        // Readers see what was before, and the intent on disk is carried out again after a death.
        onError: {
          target: "returning",
          actions: [
            { type: "noteTrouble", params: ({ event }) => event.error as TimedFailure },
            { type: "noteRefusal", params: ({ event }) => event.error as TimedFailure },
            "endUpdate",
          ],
        },
      },
    },
    telling: passing("PostUpdateContainer", "returning"),
    returning: { always: [{ guard: "hasStarted", target: "#container.running" }, { target: "#container.created" }] },
  },
});
