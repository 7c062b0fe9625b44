/**
 * The life of one sandbox: the namespaces, network and files that a pod's containers share.
 *
 *   creating ─▶ ready ──stop─▶ stopping ─▶ stopped ──remove─▶ removing ─▶ removed
 *      └ fails ─▶ removing      emptying → detaching → unpinning     clearing → detaching → unpinning → cleaning
 *
 * A pod that shares one process namespace has an infra process besides (sandbox-infra.ts): with it the namespace ends.
 *
 * What is not its own it asks of its pod and waits for the answer: `attach` and `detach` (the network attachment is an
 * actor beside it), `empty` (no container runs) and `clear` (no container is left). The order down is fixed: containers,
 * network, namespaces; a plugin that finds no namespace any more leaves its firewall rules behind.
 */
import { passing } from "./nri.ts";
import { failed, rested, troubled } from "./slot.ts";
import { endingInfra, startingInfra, undoingInfra } from "./sandbox-infra.ts";
import {
  askAgain,
  contextOf,
  joining,
  looking,
  own,
  recording,
  sandboxSetup,
  tryAgain,
  waits,
} from "./sandbox-setup.ts";

const undo = failed("#sandbox.removing");
const restAndRetry = troubled("resting");
export const sandboxMachine = sandboxSetup.createMachine({
  id: "sandbox",
  options: { maxIterations: 1000 },
  context: ({ input }) => contextOf(input),
  initial: "choosing",
  // Answers that come twice, or after the asking state was left, change nothing.
  on: {
    attached: { actions: "nothingToDo" },
    attachFailed: { actions: "nothingToDo" },
    detached: { actions: "nothingToDo" },
    emptied: { actions: "nothingToDo" },
    cleared: { actions: "nothingToDo" },
    exited: { actions: "noteInfraEnded" },
  },
  states: {
    choosing: { always: [{ guard: "isNew", target: "creating" }, { target: "resuming" }] },

    resuming: {
      tags: "catchingUp",
      on: joining,
      initial: "looking",
      states: {
        // A create that is still under way is waited for where it matters: in its undo.
        looking: {
          meta: waits("unlisted", "look"),
          invoke: {
            src: "look",
            input: looking,
            onDone: {
              target: "deciding",
              actions: [{ type: "noteFound", params: ({ event }) => event.output }, "recall", "forgetTrouble"],
            },
            onError: restAndRetry,
          },
        },
        resting: {
          meta: waits("unlisted", "until", "backoff"),
          invoke: { src: "until", input: rested, onDone: "looking", onError: "looking" },
        },
        deciding: {
          always: [
            { guard: { type: "recoveredAs", params: { phase: "ready" } }, target: "#sandbox.ready" },
            { guard: { type: "recoveredAs", params: { phase: "stopping" } }, target: "#sandbox.stopping" },
            { guard: { type: "recoveredAs", params: { phase: "stopped" } }, target: "#sandbox.stopped" },
            { target: "#sandbox.removing" },
          ],
        },
      },
    },

    creating: {
      on: {
        ...joining,
        attached: { actions: { type: "noteAttached", params: ({ event }) => event } },
        attachFailed: { actions: { type: "noteFailure", params: ({ event }) => event.failure } },
      },
      initial: "intending",
      states: {
        intending: {
          meta: waits("unlisted", "record"),
          invoke: { src: "record", input: recording("creating"), onDone: "pinning", onError: undo },
        },
        pinning: {
          meta: waits("unlisted", "pin"),
          invoke: { src: "pin", input: own, onDone: "preparing", onError: undo },
        },
        preparing: {
          meta: waits("unlisted", "prepareFiles"),
          invoke: {
            src: "prepareFiles",
            input: own,
            onDone: [
              { guard: "hostNetwork", target: "furnishing" },
              // The plugins need the namespace alone: they are at work while the infra process is made.
              { target: "furnishing", actions: { type: "askPod", params: { what: "attach" } } },
            ],
            onError: undo,
          },
        },
        furnishing: { always: [{ guard: "sharesProcesses", target: "startingInfra" }, { target: "attaching" }] },
        startingInfra,
        attaching: {
          meta: waits("unlisted", "attached", "the network attachment's bounds"),
          always: [
            { guard: "hasFailed", target: "#sandbox.removing" },
            { guard: "isOnNetwork", target: "consulting" },
          ],
        },
        consulting: passing("RunPodSandbox", "committing"),
        committing: {
          meta: waits("unlisted", "record"),
          invoke: { src: "record", input: recording("ready"), onDone: "#sandbox.ready", onError: undo },
        },
      },
    },

    ready: {
      tags: "settled",
      entry: "end",
      always: [
        { guard: "removalWaits", target: "stopping", actions: "beginNext" },
        { guard: "stopWaits", target: "stopping", actions: "beginNext" },
        { guard: "infraEnded", target: "stopping" }, // nothing can be started in it any more
      ],
      on: {
        stop: { target: "stopping", actions: "begin" },
        remove: { target: "stopping", actions: "begin" },
      },
    },

    stopping: {
      on: joining,
      initial: "intending",
      states: {
        intending: {
          meta: waits("NOTREADY", "record"),
          invoke: { src: "record", input: recording("stopping"), onDone: "emptying", onError: troubled("emptying") },
        },
        emptying: {
          meta: waits("NOTREADY", "emptied", "the containers' bounds"),
          entry: { type: "askPod", params: { what: "empty" } },
          on: {
            ...askAgain("empty"),
            emptied: "telling",
          },
        },
        telling: passing("StopPodSandbox", [
          { guard: "sharesProcesses", target: "endingInfra" },
          { target: "detaching" },
        ]),
        endingInfra,
        detaching: {
          meta: waits("NOTREADY", "detached", "the network attachment's bounds"),
          entry: { type: "askPod", params: { what: "detach" } },
          on: { ...askAgain("detach"), detached: "unpinning" },
        },
        unpinning: {
          meta: waits("NOTREADY", "unpin"),
          invoke: { src: "unpin", input: own, onDone: "committing", onError: restAndRetry },
        },
        committing: {
          meta: waits("NOTREADY", "record"),
          invoke: { src: "record", input: recording("stopped"), onDone: "#sandbox.stopped", onError: restAndRetry },
        },
        resting: {
          meta: waits("NOTREADY", "until", "backoff"),
          on: tryAgain("unpinning"),
          invoke: { src: "until", input: rested, onDone: "unpinning", onError: "unpinning" },
        },
      },
    },

    stopped: {
      tags: "settled",
      entry: ["endUnlessRemoving", "forgetTrouble"],
      always: [
        { guard: "removalUnderWay", target: "removing" },
        { guard: "removalWaits", target: "removing", actions: "beginNext" },
        { guard: "stopWaits", actions: "endNext" },
      ],
      on: { stop: { actions: "nothingToDo" }, remove: { target: "removing", actions: "begin" } },
    },

    // The undo of a failed creation is this same way: each step is fine with "already gone".
    removing: {
      on: joining,
      initial: "intending",
      states: {
        intending: {
          meta: waits("NOTREADY", "record"),
          invoke: { src: "record", input: recording("removing"), onDone: "clearing", onError: restAndRetry },
        },
        clearing: {
          meta: waits("NOTREADY", "cleared", "the containers' bounds"),
          entry: { type: "askPod", params: { what: "clear" } },
          on: {
            ...askAgain("clear"),
            cleared: [{ guard: "sharesProcesses", target: "endingInfra" }, { target: "detaching" }],
          },
        },
        endingInfra: undoingInfra,
        detaching: {
          meta: waits("NOTREADY", "detached", "the network attachment's bounds"),
          entry: { type: "askPod", params: { what: "detach" } },
          on: { ...askAgain("detach"), detached: "unpinning" },
        },
        unpinning: {
          meta: waits("NOTREADY", "unpin"),
          invoke: { src: "unpin", input: own, onDone: "cleaning", onError: restAndRetry },
        },
        cleaning: {
          meta: waits("NOTREADY", "removeFiles"),
          invoke: { src: "removeFiles", input: own, onDone: "clearingCgroup", onError: restAndRetry },
        },
        clearingCgroup: {
          meta: waits("NOTREADY", "removeCgroup"),
          invoke: { src: "removeCgroup", input: own, onDone: "telling", onError: restAndRetry },
        },
        telling: passing("RemovePodSandbox", "forgetting"),
        forgetting: {
          meta: waits("NOTREADY", "forgetRecord"),
          invoke: { src: "forgetRecord", input: own, onDone: "#sandbox.removed", onError: restAndRetry },
        },
        resting: {
          meta: waits("NOTREADY", "until", "backoff"),
          on: tryAgain("clearing"),
          invoke: { src: "until", input: rested, onDone: "clearing", onError: "clearing" },
        },
      },
    },

    removed: { type: "final", entry: "endAll" },
  },
});
