/** The streaming server's back-end: a client that has opened its URL is served by the tree, and by a pod's own network. */
import { randomBytes } from "node:crypto";
import { connectInside } from "../drivers/namespaces/connect-inside.ts";
import { streamingServer } from "../drivers/streaming/server.ts";
import type { StreamingBackend, StreamingServer, StreamingSettings } from "../drivers/streaming/streaming.ts";
import { Failed, NotAllowed } from "../errors.ts";
import type { Runtime } from "../supervisors/runtime.ts";
import type { Services } from "../supervisors/services.ts";
import type { QueueFigures } from "../vocabulary/index.ts";
import type { ClientSessions } from "./client-sessions.ts";

const backendOf = (runtime: Runtime, sessions: ClientSessions): StreamingBackend => {
  const served = async <Value>(
    streams: Parameters<StreamingBackend["exec"]>[1],
    serve: (session: string) => Promise<Value>,
  ): Promise<Value> => {
    const session = randomBytes(16).toString("hex");
    sessions.admit(session, streams);
    try {
      return await serve(session);
    } finally {
      await sessions.dismiss(session);
    }
  };
  return {
    exec: ({ containerId, cmd, ...wanted }, streams, signal) =>
      served(streams, async (session) => ({
        exitCode: await runtime.exec(session, containerId, cmd, wanted, { signal }),
      })),
    attach: ({ containerId, ...wanted }, streams, signal) =>
      served(streams, (session) => runtime.attach(session, containerId, wanted, { signal })),
    async connect(sandboxId, port, gone) {
      const { config, ready, namespacePaths } = runtime.sandbox(sandboxId);
      if (!ready) throw new NotAllowed(`the sandbox ${config.metadata.name} is not ready`);
      return connectInside({ network: namespacePaths["network"], port, gone });
    },
  };
};

/** URLs, from the moment on that there is a server. */
export class Streaming {
  readonly sessions: ClientSessions;
  #server: StreamingServer | undefined;

  constructor(sessions: ClientSessions) {
    this.sessions = sessions;
  }

  readonly services: Services["streaming"] = {
    exec: (containerId, cmd, wanted) => this.#open.exec({ containerId, cmd, ...wanted }),
    attach: (containerId, wanted) => this.#open.attach({ containerId, ...wanted }),
    forward: (sandboxId, ports) => this.#open.forward({ sandboxId, ports }),
  };

  async open(settings: StreamingSettings, runtime: Runtime, warn: (text: string) => void): Promise<void> {
    const backend = backendOf(runtime, this.sessions);
    this.#server = await streamingServer({ settings, backend, onTrouble: warn });
  }

  /** What waits to be opened for an object that is gone is not found any more. */
  forget(id: string): void {
    this.#server?.forget(id as Parameters<StreamingServer["forget"]>[0]);
  }

  /** Requests that wait to be opened, and sessions under way; undefined: it is not open. */
  get figures(): { readonly requests: QueueFigures; readonly sessions: number } | undefined {
    return this.#server && { requests: this.#server.requests, sessions: this.#server.sessions };
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  get #open(): StreamingServer {
    if (!this.#server) throw new Failed("the streaming server is not open");
    return this.#server;
  }
}
