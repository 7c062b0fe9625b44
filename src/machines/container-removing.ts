/**
 * How a container goes: every step is fine with "already gone", so a step that fails lets all of them begin again.
 * The undo of a failed creation is this same way.
 */
import { containerSetup, joining, own, recording, waits } from "./container-setup.ts";
import { passing } from "./nri.ts";
import { rested, troubled } from "./slot.ts";

const restAndRetry = troubled("resting");

export const removing = containerSetup.createStateConfig({
  on: joining,
  initial: "intending",
  states: {
    intending: {
      meta: waits("EXITED", "record"),
      invoke: {
        src: "record",
        input: recording("removing"),
        onDone: [{ guard: "undoing", target: "settlingTools" }, { target: "deleting" }],
        onError: restAndRetry,
      },
    },
    // A create that failed may still be at work, or to come from a monitor that hangs: it would make the container after all.
    settlingTools: {
      meta: waits("EXITED", "settleRuntime"),
      invoke: { src: "settleRuntime", input: own, onDone: "deleting", onError: restAndRetry },
    },
    deleting: {
      meta: waits("EXITED", "deleteInRuntime"),
      invoke: { src: "deleteInRuntime", input: own, onDone: "clearing", onError: restAndRetry },
    },
    clearing: {
      meta: waits("EXITED", "removeCgroup"),
      invoke: { src: "removeCgroup", input: own, onDone: "closing", onError: restAndRetry },
    },
    closing: {
      meta: waits("EXITED", "closeStreams"),
      invoke: { src: "closeStreams", input: own, onDone: "unbundling", onError: restAndRetry },
    },
    unbundling: {
      meta: waits("EXITED", "removeBundle"),
      invoke: { src: "removeBundle", input: own, onDone: "unmounting", onError: restAndRetry },
    },
    unmounting: {
      meta: waits("EXITED", "unmountRootfs"),
      invoke: { src: "unmountRootfs", input: own, onDone: "telling", onError: restAndRetry },
    },
    telling: passing("RemoveContainer", "forgetting"),
    forgetting: {
      meta: waits("EXITED", "forgetRecord"),
      invoke: { src: "forgetRecord", input: own, onDone: "#container.removed", onError: restAndRetry },
    },
    resting: {
      meta: waits("EXITED", "until", "backoff"),
      // Whoever asks again may have mended what was wrong.
      on: {
        stop: { target: "settlingTools", actions: "join" },
        remove: { target: "settlingTools", actions: "join" },
      },
      invoke: { src: "until", input: rested, onDone: "settlingTools", onError: "settlingTools" },
    },
  },
});
