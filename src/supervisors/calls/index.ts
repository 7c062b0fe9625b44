/** All that the tree offers to whoever speaks for a client, put together. */
import type { NetworkContext } from "../../machines/network.ts";
import type { Books } from "../books.ts";
import type { Events } from "../events.ts";
import { lifecycleOf, worthTelling } from "../lifecycle.ts";
import type { Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import { checkpointCalls } from "./checkpoints.ts";
import { containerCalls } from "./containers.ts";
import { execCalls } from "./execs.ts";
import { imageCalls } from "./images.ts";
import { sandboxCalls } from "./sandboxes.ts";
import { updateCalls } from "./updates.ts";

export const runtimeOf = (system: System, books: Books, services: Services, events: Events): Runtime => ({
  ...sandboxCalls(system, books, services),
  ...containerCalls(system, books, services),
  ...updateCalls(system, books, services),
  ...checkpointCalls(system, books, services),
  ...execCalls(system, books, services),
  ...imageCalls(system, services),
  events: (caller) => events.subscribe(caller),
  figures: services.figures,
  lifecycle: (kind, id) => {
    const explanation = system.explainer.explain(`${kind}/${id}`);
    return explanation && lifecycleOf(explanation, { mono: services.now(), wall: services.wallNs() });
  },
  worthTelling: (kind, id) => {
    const explanation = system.explainer.explain(`${kind}/${id}`);
    return explanation && worthTelling(explanation, services.now());
  },
  runtimeCondition: () => services.runtimeCondition(),
  networkCondition: () => {
    const readiness = (system.find("network")?.getSnapshot().context as NetworkContext | undefined)?.readiness;
    if (readiness?.ready) return { ok: true, reason: "", message: "" };
    const cause = readiness ? readiness.reason : "the network is being started again";
    return { ok: false, reason: "NetworkPluginNotReady", message: `Network plugin returns error: ${cause}` };
  },
  handlers: () => services.handlers.list(),
  cgroupDriver: () => services.cgroupDriver(),
  info: () => services.info(),
});
