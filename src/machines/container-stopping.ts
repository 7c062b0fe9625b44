/**
 * How a running container is stopped: asked once, waited for until the deadline, then forced for as long as it takes.
 *
 *   intending ─▶ asking ─▶ noting ─▶ waiting ─▶ forcing ─▶ dying ─▶ looking ─▶ forcing …
 *                  └ fails ─▶ resting ─▶ asking
 *
 * One that was never started, or is to be removed, is not asked. `exited` ends it wherever it waits.
 */
import { containerSetup, hastening, looking, own, recording, waits } from "./container-setup.ts";
import { rested, troubled } from "./slot.ts";

export const stopping = containerSetup.createStateConfig({
  on: hastening,
  initial: "intending",
  states: {
    intending: {
      meta: waits("RUNNING", "record"),
      invoke: {
        src: "record",
        input: recording("stopping"),
        onDone: [
          { guard: "neverStarted", target: "forcing" },
          { guard: "removalUnderWay", target: "forcing" },
          { target: "asking" },
        ],
        onError: [
          { guard: "neverStarted", ...troubled("forcing") },
          { guard: "removalUnderWay", ...troubled("forcing") },
          troubled("asking"),
        ],
      },
    },
    asking: {
      meta: waits("RUNNING", "ask"),
      invoke: {
        src: "ask",
        input: own,
        onDone: { target: "noting", actions: ["noteAsked", "forgetTrouble"] },
        onError: troubled("resting"),
      },
    },
    // The signal may not have gone out: without it the program would be killed at the deadline, unwarned.
    resting: {
      meta: waits("RUNNING", "until", "backoff"),
      always: { guard: "exited", target: "#container.settling" },
      on: {
        stop: { guard: "sooner", target: "resting", reenter: true, actions: "bringNearer" },
        remove: { target: "noting", actions: hastening.remove.actions },
      },
      invoke: {
        src: "until",
        input: ({ context }) => ({ id: context.id, at: Math.min(rested({ context }).at, context.deadline ?? 0) }),
        onDone: [
          { guard: { type: "patienceOver", params: ({ event }) => event.output }, target: "forcing" },
          { target: "asking" },
        ],
        onError: "forcing",
      },
    },
    // After this commit the signal is not sent again, whoever dies: to many programs a second one means something else.
    noting: {
      meta: waits("RUNNING", "record"),
      invoke: { src: "record", input: recording("stopping"), onDone: "waiting", onError: troubled("waiting") },
    },
    waiting: {
      meta: waits("RUNNING", "exited", "deadline"),
      always: { guard: "exited", target: "#container.settling" },
      on: {
        // Noted first: a deadline that came nearer is not to grow over a death.
        stop: { guard: "sooner", target: "noting", actions: "bringNearer" },
        remove: { target: "noting", actions: hastening.remove.actions },
      },
      invoke: {
        src: "until",
        input: ({ context }) => ({ id: context.id, at: context.deadline ?? 0 }),
        onDone: "forcing",
        onError: "forcing",
      },
    },
    forcing: {
      meta: waits("RUNNING", "force"),
      invoke: {
        src: "force",
        input: own,
        onDone: { target: "dying", actions: { type: "noteForced", params: ({ event }) => event.output } },
        onError: troubled("dying"),
      },
    },
    dying: {
      meta: waits("RUNNING", "exited", "tried again with backoff"),
      always: { guard: "exited", target: "#container.settling", actions: "forgetTrouble" },
      invoke: { src: "until", input: rested, onDone: "looking", onError: "looking" },
    },
    looking: {
      meta: waits("RUNNING", "look"),
      invoke: {
        src: "look",
        input: looking,
        onDone: [
          {
            guard: { type: "goneOrExited", params: ({ event }) => event.output },
            target: "#container.settling",
            actions: [{ type: "noteLookedExit", params: ({ event }) => event.output }, "forgetTrouble"],
          },
          { target: "forcing" },
        ],
        onError: troubled("forcing"),
      },
    },
  },
});
