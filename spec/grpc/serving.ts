/** A server and a client of it on a socket of their own, for one spec. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { criClient, type CriClient } from "../../src/grpc/client.ts";
import { serveCri, type CriServer, type ServeCriOptions } from "../../src/grpc/server.ts";
import type { Runtime } from "../../src/supervisors/runtime.ts";

export interface Serving {
  readonly socket: string;
  readonly server: CriServer;
  readonly client: CriClient;
}

export const serving = async (
  runtime: Runtime,
  spec: (serving: Serving) => Promise<void>,
  options: Partial<ServeCriOptions> = {},
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "cri-"));
  const socket = join(folder, "troupe.sock");
  const identity = { name: "troupe", version: "0.1.0" };
  const server = await serveCri({ runtime, socket, identity, ...options });
  const client = criClient(socket);
  try {
    await spec({ socket, server, client });
  } finally {
    client.close();
    await server.close(0);
    rmSync(folder, { recursive: true });
  }
};
