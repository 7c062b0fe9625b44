/**
 * From an HTTP request to a WebSocket. The subprotocol is chosen and answered here and not in `ws`, which takes the tunnel's
 * for a syntax error: no HTTP token has a slash in it, but `SPDY/3.1+portforward.k8s.io` does.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";

/** One message; clients that there are send 32 KiB. */
const MOST_MESSAGE_BYTES = 1 << 20;

export interface Upgrade {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Empty: the client named none. */
  readonly subprotocol: string;
}

/** Calls `done` with the socket, unless the request is no valid handshake: then that is answered. */
export type Upgrader = (upgrade: Upgrade, done: (socket: WebSocket) => void) => void;

export const upgrader = (): Upgrader => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  const chosen = new WeakMap<IncomingMessage, string>();
  server.on("headers", (headers, message) => {
    const subprotocol = chosen.get(message);
    if (subprotocol) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  });
  return ({ message, socket, head, subprotocol }, done) => {
    chosen.set(message, subprotocol);
    delete message.headers["sec-websocket-protocol"];
    server.handleUpgrade(message, socket, head, done);
  };
};
