/** Waits until a runtime that was just started answers, and is ready for pods. */
import { setTimeout as pause } from "node:timers/promises";
import { criClient, type CriClient } from "../../src/grpc/client.ts";

const withinMs = 30_000;

const isReady = async (client: CriClient): Promise<boolean> => {
  const { status } = await client.call("Status", {}, { deadlineMs: withinMs });
  return status?.conditions.every((condition) => condition.status) ?? false;
};

/** The client through which it first said that it is ready. `over` tells of a runtime that has ended instead. */
export const whenReady = async (socket: string, over: () => string | undefined): Promise<CriClient> => {
  const until = performance.now() + withinMs;
  for (;;) {
    // A client of its own for each try: a gRPC channel that was refused once waits a second before it tries again.
    const client = criClient(socket);
    const why = await isReady(client).then(
      (ready) => (ready ? undefined : "its Status is not ready"),
      (error: unknown) => String(error),
    );
    if (why === undefined) return client;
    client.close();
    const end = over();
    if (end !== undefined) throw new Error(`the runtime behind ${socket} ended: ${end}`);
    if (performance.now() > until) throw new Error(`the runtime behind ${socket} is not ready: ${why}`);
    await pause(20);
  }
};
