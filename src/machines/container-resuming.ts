/**
 * How a container that an earlier actor left finds out where it stands: wait for commands still under way, look for the
 * process; then container-recovery.ts decides. The OCI runtime is asked only what nobody else knows: whether a start that was
 * under way has come to its end.
 */
import { containerSetup, hastening, looking, own, recording, waits } from "./container-setup.ts";
import { rested, troubled, type TimedFailure } from "./slot.ts";

export const resuming = containerSetup.createStateConfig({
  tags: "catchingUp",
  on: hastening,
  initial: "settlingTools",
  states: {
    settlingTools: {
      meta: waits("unlisted", "settleRuntime"),
      invoke: { src: "settleRuntime", input: own, onDone: "choosing", onError: troubled("choosing") },
    },
    choosing: { always: [{ guard: "startUnderWay", target: "askingRuntime" }, { target: "looking" }] },
    askingRuntime: {
      meta: waits("unlisted", "askRuntime"),
      invoke: {
        src: "askRuntime",
        input: own,
        onDone: { target: "looking", actions: { type: "noteStatus", params: ({ event }) => event.output } },
        onError: troubled("looking"),
      },
    },
    looking: {
      meta: waits("unlisted", "look"),
      invoke: {
        src: "look",
        input: looking,
        onDone: [
          { guard: { type: "doubtful", params: ({ event }) => event.output }, target: "resting" },
          {
            target: "deciding",
            actions: [{ type: "noteLooked", params: ({ event }) => event.output }, "recall", "forgetTrouble"],
          },
        ],
        onError: troubled("resting"),
      },
    },
    resting: {
      meta: waits("unlisted", "until", "backoff"),
      invoke: { src: "until", input: rested, onDone: "choosing", onError: "choosing" },
    },
    // What was found may be more, or less, than the record says; readers are to see what is true.
    committingCreated: {
      meta: waits("CREATED", "record"),
      invoke: {
        src: "record",
        input: recording("created"),
        onDone: "#container.created",
        onError: troubled("#container.created"),
      },
    },
    committingRunning: {
      meta: waits("RUNNING", "record"),
      invoke: {
        src: "record",
        input: recording("running"),
        onDone: "#container.running",
        // Who waits for its start is not told that it went well: readers see no such thing.
        onError: {
          target: "#container.running",
          actions: [
            { type: "noteTrouble", params: ({ event }) => event.error as TimedFailure },
            { type: "endFailing", params: ({ event }) => event.error as TimedFailure },
          ],
        },
      },
    },
    comparing: { always: [{ guard: "runsAsRecorded", target: "#container.running" }, { target: "committingRunning" }] },
    deciding: {
      always: [
        { guard: { type: "recoveredAs", params: { phase: "created" } }, target: "committingCreated" },
        { guard: { type: "recoveredAs", params: { phase: "running" } }, target: "comparing" },
        { guard: { type: "recoveredAs", params: { phase: "updating" } }, target: "#container.updating.applying" },
        { guard: { type: "recoveredAs", params: { phase: "asking" } }, target: "#container.stopping.asking" },
        { guard: { type: "recoveredAs", params: { phase: "stopping" } }, target: "#container.stopping.waiting" },
        { guard: { type: "recoveredAs", params: { phase: "settling" } }, target: "#container.settling" },
        { guard: { type: "recoveredAs", params: { phase: "stopped" } }, target: "#container.stopped" },
        { target: "#container.removing" },
      ],
    },
  },
});
