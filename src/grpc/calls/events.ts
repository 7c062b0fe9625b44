/** GetContainerEvents, which a kubelet with evented PLEG listens to instead of listing each second. */
import type { PodEvent, Runtime } from "../../supervisors/runtime.ts";
import { codec } from "../contract.ts";
import type { ContainerEventResponse } from "../messages/metrics.ts";
import { containerEvent } from "../to-cri/event.ts";
import type { Calls } from "./index.ts";

type EventCalls = Pick<Calls, "GetContainerEvents">;

export const eventCalls = (runtime: Runtime): EventCalls => {
  const responses = codec<ContainerEventResponse>("ContainerEventResponse");
  // One event is one object for all who listen, and encoded for the first of them.
  const encoded = new WeakMap<PodEvent, Uint8Array>();
  const bytesOf = (event: PodEvent): Uint8Array => {
    const known = encoded.get(event);
    if (known) return known;
    const bytes = responses.encode(containerEvent(event, (id) => runtime.image(id)));
    encoded.set(event, bytes);
    return bytes;
  };
  return {
    async *GetContainerEvents(_, caller) {
      for await (const event of runtime.events(caller)) yield bytesOf(event);
    },
  };
};
