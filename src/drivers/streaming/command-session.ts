/**
 * An exec or attach with a client before it, over whichever transport: runs the back-end's part, lets the output arrive, and
 * only then tells how it ended. Clients take the status for the end, and wait for the outputs' end as well.
 */
import { finished } from "node:stream/promises";
import type { Writable } from "node:stream";
import { failedOutcome, type Outcome } from "./status.ts";
import type { AttachStreamRequest, ExecStreamRequest, SessionStreams, StreamingBackend } from "./streaming.ts";

export type CommandRequest =
  ({ readonly kind: "exec" } & ExecStreamRequest) | ({ readonly kind: "attach" } & AttachStreamRequest);

/** A client whose streams are all there. */
export interface CommandClient {
  readonly streams: SessionStreams;
  readonly gone: AbortSignal;
  /** The outputs have ended: says how, and closes the connection. */
  finish(outcome: Outcome): void;
}

const ended = async (output: Writable | undefined): Promise<void> => {
  if (!output) return;
  output.end();
  // A client that goes meanwhile ends it too: outputs fail for nothing.
  await finished(output, { readable: false }).catch(() => {});
};

const run = async (backend: StreamingBackend, request: CommandRequest, client: CommandClient): Promise<Outcome> => {
  try {
    if (request.kind === "exec") {
      const { exitCode } = await backend.exec(request, client.streams, client.gone);
      return { kind: "exited", exitCode };
    }
    await backend.attach(request, client.streams, client.gone);
    return { kind: "ended" };
  } catch (error) {
    const attempted = request.kind === "exec" ? "executing command in container" : "attaching to container";
    return failedOutcome(`error ${attempted}`, error);
  }
};

export const commandSession = async (
  backend: StreamingBackend,
  request: CommandRequest,
  client: CommandClient,
): Promise<void> => {
  const outcome = await run(backend, request, client);
  await Promise.all([ended(client.streams.stdout), ended(client.streams.stderr)]);
  client.finish(outcome);
};
