/** All hands together: what the world behind the door can do. */
import type { Drivers } from "../actors/drivers.ts";
import type { NetworkReadiness } from "../drivers/cni/network.ts";
import type { LogBounds } from "../drivers/logs/container-log.ts";
import { Invalid } from "../errors.ts";
import type { Books } from "../supervisors/books.ts";
import type { Services } from "../supervisors/services.ts";
import type { ContainerId } from "../vocabulary/index.ts";
import { attachHands } from "./attach-hands.ts";
import type { ClientSessions } from "./client-sessions.ts";
import { containerHands } from "./container-hands.ts";
import { execHands } from "./exec-hands.ts";
import { imageHands, unpacking } from "./image-hands.ts";
import type { InventoryOptions } from "./inventory.ts";
import { infraHands } from "./infra-hands.ts";
import type { Parts } from "./parts.ts";
import { podHands } from "./pod-hands.ts";
import { recordHands, type Attachments } from "./record-hands.ts";
import { clockHands } from "./world.ts";

export interface DriversHost {
  readonly hostname: string;
  /** Of the log of each container that is created from now on, as the settings have it then; so with what follows. */
  readonly logBounds: LogBounds;
  /** Annotations of pods that this handler obeys, each a name or the beginning of some. */
  allowedAnnotations(handler: string): readonly string[];
  readonly logToJournald: boolean;
  connect(): Promise<{ pid: number }>;
  networkChanged(readiness: NetworkReadiness): void;
  /** The client of an attach sends no more. */
  inputEnded(attachId: string): void;
  /** So many bytes of an image have come from a registry. */
  fetched?(bytes: number): void;
  /** Nothing of this sandbox or container is left. */
  forgotten(id: string): void;
  serve(): Promise<void>;
  flush(): Promise<void>;
}

export interface Hands {
  readonly drivers: Drivers;
  readonly announcePull: Services["images"]["announce"];
  /** Of a pull under way. */
  readonly pullReference: (pullId: string) => string | undefined;
  readonly execs: Services["execs"];
  readonly attaches: Services["attaches"];
  readonly underWay: InventoryOptions["underWay"];
  /** An actor that is quarantined gives back what others wait for. */
  readonly giveBack: (object: string) => void;
}

export const handsOf = (
  parts: Parts,
  books: Books,
  attachments: Attachments,
  sessions: ClientSessions,
  host: DriversHost,
): Hands => {
  const { permits, rootfs, clock } = parts;
  const images = imageHands(parts, (bytes) => host.fetched?.(bytes));
  const execs = execHands(parts, books, sessions);
  const attaches = attachHands(parts, books, sessions, (id) => host.inputEnded(id));
  const drivers: Drivers = {
    clock: clockHands(clock),
    permits: {
      add: ({ id }, signal) => permits.acquire("cni-add", id, signal),
      delete: ({ id }, signal) => permits.acquire("cni-del", id, signal),
      pull: images.permit,
      unpack: ({ id }, signal) => permits.acquire("unpack", unpacking(id), signal),
    },
    records: recordHands(parts, books, attachments, (id) => host.forgotten(id)),
    ...podHands(parts, books, attachments, host),
    infra: infraHands(parts, books),
    ...containerHands(parts, books, host),
    execs: execs.drivers,
    attaches: attaches.drivers,
    images: images.drivers,
    daemon: { serve: () => host.serve(), flush: () => host.flush() },
    leaks: {
      sweep({ id: what }) {
        const [kind, id = ""] = what.split("/");
        if (kind === "rootfs") return rootfs.unmount(id as ContainerId);
        throw new Invalid(`there is no way to remove a leaked ${kind}`);
      },
    },
  };
  return {
    drivers,
    announcePull: images.announce,
    pullReference: images.reference,
    execs: execs.services,
    attaches: attaches.services,
    giveBack: (object) => permits.release(object),
    underWay: { execs: execs.underWay, attaches: attaches.underWay, pulls: images.underWay },
  };
};
