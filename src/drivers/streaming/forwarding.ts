/**
 * One forwarded connection: copies between the client's stream and the target's socket until both directions have ended.
 *
 * An end in one direction is passed on and leaves the other open. Once the target has ended, the client has a second to end
 * as well: the clients that there are do not, but reset. The other way round there is no such bound, for a server may take
 * its time to answer a request that ended with a FIN.
 */
import { finished, type Duplex } from "node:stream";
import { toFailure } from "../../errors.ts";
import type { SandboxId } from "../../vocabulary/index.ts";
import type { StreamingBackend } from "./streaming.ts";

const AFTER_TARGET_MS = 1000;

/** Resolves when both are over: the target destroyed, and all that it said taken by the client. */
const copy = (client: Duplex, target: Duplex, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => void target.destroy();
    let bound: NodeJS.Timeout | undefined;
    target.once("end", () => (bound = setTimeout(end, AFTER_TARGET_MS)));
    gone.addEventListener("abort", end, { once: true });
    // A failure's text is of no use to the client: what it reads on the error stream costs it all of its connections.
    finished(target, () => {
      clearTimeout(bound);
      gone.removeEventListener("abort", end);
      end();
      client.unpipe(target);
      client.resume();
      if (client.writable) client.end();
      finished(client, { readable: false }, () => resolve());
    });
    client.pipe(target);
    target.pipe(client);
  });

export interface Forwarding {
  readonly sandboxId: SandboxId;
  readonly port: number;
  /** Never emits an error. */
  readonly client: Duplex;
  /** Aborts when the client wants no more of this connection. */
  readonly gone: AbortSignal;
}

/** Connects and copies; resolves with a text for the client's error stream if there was nothing to connect to. */
export const forward = async (backend: StreamingBackend, forwarding: Forwarding): Promise<string | undefined> => {
  const { sandboxId, port, client, gone } = forwarding;
  let target: Duplex;
  try {
    target = await backend.connect(sandboxId, port, gone);
  } catch (error) {
    return `error forwarding port ${port} to pod ${sandboxId}, uid : ${toFailure(error).text}`;
  }
  if (gone.aborted) target.destroy();
  await copy(client, target, gone);
  return undefined;
};
