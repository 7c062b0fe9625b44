/** Checkpoints of running containers. */
import { NotAllowed, Unavailable } from "../../errors.ts";
import type { Books } from "../books.ts";
import { containerActorId } from "../../vocabulary/actor-ids.ts";
import type { Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import { containerOf } from "./found.ts";

/** For a client that gives no timeout: the kubelet's default for long calls, which it would give. */
const PATIENCE_MS = 120_000;
/** Timers take no more than 24 days, and nobody means more than one. */
const LONGEST_MS = 24 * 3600 * 1000;

type CheckpointCalls = Pick<Runtime, "checkpointContainer">;

export const checkpointCalls = (system: System, books: Books, services: Services): CheckpointCalls => ({
  checkpointContainer(id, location, timeoutMs, caller) {
    const view = containerOf(books, id);
    const what = `CheckpointContainer of ${view.config.name}`;
    const actor = containerActorId(view.id);
    const state = system.stateOf(actor);
    if (state === undefined || /^(updating|checkpointing|starting|resuming)/.test(state))
      throw new Unavailable(`${what}: ${actor} is ${state ?? "being started again"}; ask again when that is over`);
    if (state !== "running")
      throw new NotAllowed(`${what}: ${actor} is ${state}, and only what runs can be written down`);
    books.containers.change(view.id, { checkpoint: { location, at: services.wallNs() } });
    const event = {
      type: "checkpoint",
      at: system.door.now(),
      patienceMs: Math.min(timeoutMs || PATIENCE_MS, LONGEST_MS),
    };
    return system.command(actor, event, what, caller);
  },
});
