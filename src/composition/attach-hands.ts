/** Hands of attaches: a client's streams joined with those of a container. */
import type { Drivers } from "../actors/drivers.ts";
import type { Ends } from "../drivers/execs/joined-streams.ts";
import { NotFound, Unavailable } from "../errors.ts";
import type { Books } from "../supervisors/books.ts";
import type { AttachUnderWay, Services } from "../supervisors/services.ts";
import type { ContainerId } from "../vocabulary/index.ts";
import type { ClientSessions } from "./client-sessions.ts";
import { containerEntryOf } from "./container-hands.ts";
import { LINGER_MS } from "./exec-hands.ts";
import type { Parts } from "./parts.ts";

interface Announced extends AttachUnderWay {
  ends: Ends;
}

export interface AttachHands {
  readonly drivers: Drivers["attaches"];
  readonly services: Services["attaches"];
  readonly underWay: () => readonly AttachUnderWay[];
}

/** `inputEnded`: the client sends no more. */
export const attachHands = (
  { monitor, streams }: Parts,
  books: Books,
  sessions: ClientSessions,
  inputEnded: (id: string) => void,
): AttachHands => {
  const announced = new Map<string, Announced>();
  return {
    underWay: () => [...announced.values()].map(({ id, containerId, sandboxId }) => ({ id, containerId, sandboxId })),
    services: { announce: (attach) => void announced.set(attach.id, { ...attach, ends: {} }) },
    drivers: {
      prepare({ id, containerId }) {
        const one = announced.get(id);
        if (!one) throw new NotFound("attach", id);
        const { tty } = containerEntryOf(books, containerId).config;
        const { stdout, stderr } = sessions.of(id);
        one.ends = streams.open(id, { stdout: stdout !== undefined, stderr: stderr !== undefined && !tty });
      },
      async join({ id, containerId }) {
        const { id: container, config } = containerEntryOf(books, containerId);
        await monitor.attach({ id: container, attachId: id, ...announced.get(id)?.ends });
        const client = sessions.of(id);
        const speaks = client.stdin !== undefined && config.stdin;
        const terminal = config.tty ? monitor.terminal(container) : undefined;
        if (config.tty && speaks && terminal === undefined)
          throw new Unavailable("the container's terminal is being handed over again after a restart; attach again");
        client.stdin?.once("end", () => inputEnded(id));
        streams.join(id, client, { terminal, input: speaks && !config.tty ? monitor.input(container) : undefined });
      },
      closeInput: ({ containerId }) => monitor.closeInput(containerId as ContainerId),
      async leave({ id }) {
        await monitor.detach(id);
        sessions.delivering(id, streams.delivered(id, LINGER_MS));
        streams.remove(id);
        announced.delete(id);
      },
    },
  };
};
