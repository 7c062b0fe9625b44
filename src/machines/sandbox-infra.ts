/**
 * The infra process of a pod that shares one process namespace: it is the namespace's init and reaps the pod's orphans.
 * Made after the namespaces, ended after the containers; the same way out from a stop and from a removal.
 */
import { failed, rested, troubled, type StateMeta } from "./slot.ts";
import { own, sandboxSetup, tryAgain, waits } from "./sandbox-setup.ts";

const undo = failed("#sandbox.removing");
const restAndRetry = troubled("resting");

export const startingInfra = sandboxSetup.createStateConfig({
  initial: "bundling",
  states: {
    bundling: {
      meta: waits("unlisted", "writeInfra"),
      invoke: { src: "writeInfra", input: own, onDone: "creating", onError: undo },
    },
    creating: {
      meta: waits("unlisted", "createInfra"),
      invoke: {
        src: "createInfra",
        input: own,
        onDone: { target: "starting", actions: { type: "noteInfra", params: ({ event }) => event.output } },
        onError: undo,
      },
    },
    starting: {
      meta: waits("unlisted", "startInfra"),
      invoke: {
        src: "startInfra",
        input: own,
        onDone: "#sandbox.creating.attaching",
        onError: undo,
      },
    },
  },
});

type After = "#sandbox.stopping.detaching" | "#sandbox.removing.detaching";

/** `again`: where a failed step leads after its rest. */
const steps = <Again extends string>(cri: StateMeta["cri"], then: After, again: Again) =>
  ({
    deleting: {
      meta: waits(cri, "deleteInfra"),
      invoke: { src: "deleteInfra", input: own, onDone: "clearing", onError: restAndRetry },
    },
    clearing: {
      meta: waits(cri, "clearInfra"),
      invoke: { src: "clearInfra", input: own, onDone: "closing", onError: restAndRetry },
    },
    closing: {
      meta: waits(cri, "closeInfra"),
      invoke: { src: "closeInfra", input: own, onDone: "unbundling", onError: restAndRetry },
    },
    unbundling: {
      meta: waits(cri, "removeInfra"),
      invoke: { src: "removeInfra", input: own, onDone: then, onError: restAndRetry },
    },
    resting: {
      meta: waits(cri, "until", "backoff"),
      on: tryAgain(again),
      invoke: { src: "until", input: rested, onDone: again, onError: again },
    },
  }) as const;

/** Of a sandbox that was ready. */
export const endingInfra = sandboxSetup.createStateConfig({
  initial: "deleting",
  states: steps("NOTREADY", "#sandbox.stopping.detaching", "deleting"),
});

/** Of one that is removed, and may never have been ready: a create that failed may still be at work, or to come from a monitor that hangs. */
export const undoingInfra = sandboxSetup.createStateConfig({
  initial: "choosing",
  states: {
    choosing: { always: [{ guard: "undoing", target: "settlingTools" }, { target: "deleting" }] },
    settlingTools: {
      meta: waits("NOTREADY", "settleInfra"),
      invoke: { src: "settleInfra", input: own, onDone: "deleting", onError: restAndRetry },
    },
    ...steps("NOTREADY", "#sandbox.removing.detaching", "settlingTools"),
  },
});
