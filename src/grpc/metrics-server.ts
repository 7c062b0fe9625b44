/** Metrics over HTTP, where settings give an address: the only port besides the streaming server's. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";

export interface ServeMetricsOptions {
  readonly registry: Registry;
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `GET /metrics` and nothing else. Rejects where it cannot listen. */
export const serveMetrics = async ({ registry, address, port }: ServeMetricsOptions): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") response.writeHead(404).end();
    else void answer(registry, response);
  });
  server.listen(port, address);
  await once(server, "listening");
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === "object" ? bound.port : port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

const answer = async (registry: Registry, response: ServerResponse): Promise<void> => {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { "content-type": registry.contentType }).end(text);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
};
