/**
 * How a running container is written to an archive: one call, which leaves nothing of a failure, and the container goes on either
 * way. Whoever wants it to end calls the checkpoint off. Nothing is recorded: what a dead daemon leaves of it lies by the
 * container, where `settleRuntime` finds it.
 */
import { containerSetup, hastening, waits } from "./container-setup.ts";
import type { TimedFailure } from "./slot.ts";

export const checkpointing = containerSetup.createStateConfig({
  initial: "writing",
  on: {
    exited: { actions: [{ type: "noteExit", params: ({ event }) => event.exit }, "callOff"] },
    stop: { actions: [...hastening.stop.actions, "callOff"] },
    remove: { actions: [...hastening.remove.actions, "callOff"] },
  },
  states: {
    writing: {
      meta: waits("RUNNING", "checkpoint", "the client's timeout"),
      invoke: {
        id: "checkpoint",
        src: "checkpoint",
        input: ({ context: { id }, event }) => ({ id, patienceMs: event.type === "checkpoint" ? event.patienceMs : 0 }),
        onDone: "#container.running",
        onError: {
          target: "#container.running",
          actions: { type: "endFailing", params: ({ event }) => event.error as TimedFailure },
        },
      },
    },
  },
});
