/**
 * The HTTP listener: waits for upgrades, and is short with everybody else. A client that connects and does not speak, or
 * does not get to the end of its request, is dropped; so are those beyond the bound.
 */
import { STATUS_CODES, createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { failedBy } from "../../errors.ts";
import { certificates } from "./certificates.ts";
import type { Refusal } from "./handshake.ts";
import type { StreamingSettings } from "./streaming.ts";

const MOST_CONNECTIONS = 2000;
const CLOSE_WITHIN_MS = 1000;
const MOST_HEADER_BYTES = 16 << 10;

export interface Listener {
  /** `http://host:port/`, to be reached from this host. */
  readonly url: string;
  /** Reads certificates again if they have changed. */
  refresh(): void;
  /** Takes no more connections and drops those that have not been upgraded. */
  close(): Promise<void>;
}

/**
 * Has to refuse the request, or to take over its socket. `head` is what came behind it already; undefined for a request that
 * wants no upgrade, whose socket remains HTTP's.
 */
export type OnRequest = (request: IncomingMessage, socket: Duplex, head: Buffer | undefined) => void;

/** Answers on a bare socket, as after an 'upgrade' event, and closes it. */
export const refuse = (socket: Duplex, { status, text, headers = {} }: Refusal): void => {
  const body = `${text}\n`;
  const lines = Object.entries({
    Connection: "close",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
  }).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  // Closed at once, with frames behind the request unread, the socket would be reset, and the answer lost.
  socket.once("end", () => socket.destroy());
  socket.resume();
  setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS).unref();
};

const serve = (server: Server, onRequest: OnRequest): void => {
  server.maxConnections = MOST_CONNECTIONS;
  server.on("upgrade", onRequest);
  server.on("request", (request: IncomingMessage) => onRequest(request, request.socket, undefined));
  // What is no HTTP, or came too late. The parser's own answer would keep half-open sockets.
  server.on("clientError", (_error, socket) => socket.destroy());
};

/** An address of "all of them" is reached by loopback's. */
const hostOf = ({ address, family }: AddressInfo): string => {
  if (family === "IPv6") return address === "::" ? "[::1]" : `[${address}]`;
  return address === "0.0.0.0" ? "127.0.0.1" : address;
};

const listening = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(failedBy(`streaming server cannot listen on ${host} port ${port}`, cause)));
    server.listen(port, host, () => {
      // From now on it is one connection that could not be accepted, for want of descriptors: a later one may be.
      server.on("error", () => {});
      resolve(server.address() as AddressInfo);
    });
  });

/** `speakWithinMs`: for a client to send its whole request, from the connection on. */
export const listen = async (
  settings: StreamingSettings,
  speakWithinMs: number,
  onRequest: OnRequest,
): Promise<Listener> => {
  const options = {
    headersTimeout: speakWithinMs,
    requestTimeout: speakWithinMs,
    connectionsCheckingInterval: speakWithinMs / 2,
    maxHeaderSize: MOST_HEADER_BYTES,
    noDelay: true,
    // A peer whose machine is gone is found out within minutes.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const secured = settings.tls && certificates(settings.tls);
  const secure = secured && createSecureServer({ ...options, ...secured.read(), handshakeTimeout: speakWithinMs });
  const server = secure ?? createServer(options);
  serve(server, onRequest);
  const address = await listening(server, settings.streamAddress, settings.streamPort);
  return {
    url: `${secure ? "https" : "http"}://${hostOf(address)}:${address.port}/`,
    refresh() {
      const changed = secured?.changed();
      if (changed) secure?.setSecureContext(changed);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
