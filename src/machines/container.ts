/**
 * The life of one container, as CRI sees it and as it really goes:
 *
 *   creating ─▶ created ──start─▶ starting ─▶ running ──stop─▶ stopping ─▶ settling ─▶ stopped ──remove─▶ removing ─▶ removed
 *      └ fails ─▶ removing           └ fails ─▶ stopping         asking → waiting → forcing
 *
 * In `created` and `running` its limits may be changed: `updating` goes back to where it came from. In `running` it may be written
 * to an archive: `checkpointing` goes back, too.
 *
 * Every working state is one driver call and is left only when that call has ended. `exited`, the monitor's word, is
 * taken everywhere and acted on by the next state that rests. A container that an earlier actor left begins in
 * `resuming`: its record and the world together say where it goes on (container-recovery.ts).
 *
 * This file decides what may happen next; actors/container.ts makes it happen; container-setup.ts has the words.
 */
import { checkpointing } from "./container-checkpointing.ts";
import { removing } from "./container-removing.ts";
import { resuming } from "./container-resuming.ts";
import { containerSetup, contextOf, hastening, joining, own, recording, waits } from "./container-setup.ts";
import { stopping } from "./container-stopping.ts";
import { updating } from "./container-updating.ts";
import { passing } from "./nri.ts";
import { failed, rested, troubled } from "./slot.ts";

const undo = failed("#container.removing");
const giveUpStart = failed("#container.stopping.forcing");
const settleAnyhow = troubled("committing");
const restAndRetry = troubled("resting");

export const containerMachine = containerSetup.createMachine({
  id: "container",
  options: { maxIterations: 1000 },
  context: ({ input }) => contextOf(input),
  initial: "choosing",
  on: { exited: { actions: { type: "noteExit", params: ({ event }) => event.exit } } },
  states: {
    choosing: { always: [{ guard: "isNew", target: "creating" }, { target: "resuming" }] },

    resuming,

    creating: {
      on: joining,
      initial: "intending",
      states: {
        intending: {
          meta: waits("unlisted", "record"),
          invoke: { src: "record", input: recording("creating"), onDone: "mounting", onError: undo },
        },
        mounting: {
          meta: waits("unlisted", "mountRootfs"),
          invoke: { src: "mountRootfs", input: own, onDone: "consulting", onError: undo },
        },
        consulting: passing("CreateContainer", "bundling"),
        bundling: {
          meta: waits("unlisted", "writeBundle"),
          invoke: { src: "writeBundle", input: own, onDone: "spawning", onError: undo },
        },
        spawning: {
          meta: waits("unlisted", "create"),
          invoke: {
            src: "create",
            input: own,
            onDone: { target: "committing", actions: { type: "noteInit", params: ({ event }) => event.output } },
            onError: undo,
          },
        },
        committing: {
          meta: waits("unlisted", "record"),
          invoke: { src: "record", input: recording("created"), onDone: "telling", onError: undo },
        },
        telling: passing("PostCreateContainer", "#container.created"),
      },
    },

    created: {
      tags: "settled",
      entry: ["end", { type: "announce", params: { state: "created" } }],
      always: [
        { guard: "removalWaits", target: "removing", actions: "beginNext" },
        { guard: "stopWaits", target: "stopping", actions: "beginNext" },
        { guard: "exited", target: "settling" },
      ],
      on: {
        start: { target: "starting", actions: "begin" },
        update: { target: "updating", actions: "beginUpdate" },
        stop: { target: "stopping", actions: "begin" },
        remove: { target: "removing", actions: "begin" },
      },
    },

    starting: {
      on: { ...hastening, start: { actions: "join" } },
      initial: "intending",
      states: {
        // The record takes the time before `start` is called: `true` ends as start returns, and never before it began.
        intending: {
          meta: waits("CREATED", "record"),
          invoke: { src: "record", input: recording("starting"), onDone: "consulting", onError: giveUpStart },
        },
        consulting: passing("StartContainer", "spawning"),
        spawning: {
          meta: waits("CREATED", "start"),
          invoke: {
            src: "start",
            input: own,
            onDone: { target: "committing", actions: "noteStarted" },
            onError: giveUpStart,
          },
        },
        committing: {
          meta: waits("CREATED", "record"),
          invoke: { src: "record", input: recording("running"), onDone: "telling", onError: giveUpStart },
        },
        telling: passing("PostStartContainer", "#container.running"),
      },
    },

    running: {
      tags: "settled",
      entry: ["end", { type: "announce", params: { state: "running" } }],
      always: [
        { guard: "exited", target: "settling" },
        { guard: "removalWaits", target: "stopping", actions: "beginNext" },
        { guard: "stopWaits", target: "stopping", actions: "beginNext" },
      ],
      on: {
        update: { target: "updating", actions: "beginUpdate" },
        checkpoint: { target: "checkpointing", actions: "begin" },
        stop: { target: "stopping", actions: ["begin", "bringNearer"] },
        // Or a stop that comes behind it, with more patience, would be the first to say until when.
        remove: { target: "stopping", actions: ["begin", "bringNearer"] },
      },
    },

    updating,

    checkpointing,

    stopping,

    settling: {
      tags: "catchingUp",
      on: joining,
      initial: "draining",
      states: {
        draining: {
          meta: waits("RUNNING", "drain"),
          invoke: { src: "drain", input: own, onDone: "committing", onError: settleAnyhow },
        },
        committing: {
          meta: waits("RUNNING", "record"),
          invoke: { src: "record", input: recording("stopped"), onDone: "consulting", onError: restAndRetry },
        },
        consulting: passing("StopContainer", "acknowledging"),
        resting: {
          meta: waits("RUNNING", "until", "backoff"),
          on: {
            stop: { target: "committing", actions: "join" },
            remove: { target: "committing", actions: "join" },
          },
          invoke: { src: "until", input: rested, onDone: "committing", onError: "committing" },
        },
        acknowledging: {
          meta: waits("EXITED", "acknowledge"),
          invoke: { src: "acknowledge", input: own, onDone: "#container.stopped", onError: "#container.stopped" },
        },
      },
    },

    stopped: {
      tags: "settled",
      entry: ["endUnlessRemoving", "forgetTrouble", { type: "announce", params: { state: "stopped" } }],
      always: [
        { guard: "removalUnderWay", target: "removing" },
        { guard: "removalWaits", target: "removing", actions: "beginNext" },
        { guard: "stopWaits", actions: "endNext" },
      ],
      on: {
        stop: { actions: "nothingToDo" },
        remove: { target: "removing", actions: "begin" },
        exited: "settling.acknowledging", // told again: the monitor has not heard that we know
      },
    },

    removing,

    removed: { type: "final", entry: "endAll" },
  },
});
