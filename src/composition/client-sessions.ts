/** Streams of the clients that are before a command or a container, by the id of its exec or attach. */
import type { ClientStreams } from "../drivers/execs/client-streams.ts";
import { NotFound } from "../errors.ts";

export class ClientSessions {
  readonly #clients = new Map<string, ClientStreams>();
  readonly #delivering = new Map<string, Promise<void>>();

  admit(id: string, streams: ClientStreams): void {
    this.#clients.set(id, streams);
  }

  of(id: string): ClientStreams {
    const streams = this.#clients.get(id);
    if (!streams) throw new NotFound("client", id);
    return streams;
  }

  /** The rest of the output is on its way to the client. */
  delivering(id: string, delivered: Promise<void>): void {
    if (this.#clients.has(id)) this.#delivering.set(id, delivered);
  }

  /** Resolves when the client has all that was on its way to it; at once where there is nothing. */
  async dismiss(id: string): Promise<void> {
    this.#clients.delete(id);
    const delivered = this.#delivering.get(id);
    this.#delivering.delete(id);
    await delivered;
  }
}
