/**
 * A WebSocket as a plain byte stream: what a SPDY connection runs on when the client speaks `SPDY/3.1+portforward.k8s.io`.
 * Where one message ends and the next begins means nothing.
 */
import { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { CloseCode, Connection } from "./connection.ts";

export const TUNNEL_SUBPROTOCOL = "SPDY/3.1+portforward.k8s.io";

export const tunnel = (socket: WebSocket, onTrouble: (text: string) => void): Duplex => {
  let release: (() => void) | undefined;
  const connection = new Connection(socket, {
    onMessage(message) {
      if (!bytes.push(message)) release ??= connection.valve.hold();
    },
    onGone() {
      bytes.push(null);
      bytes.destroy();
    },
    onTrouble,
  });
  const bytes = new Duplex({
    read() {
      release?.();
      release = undefined;
    },
    write: (chunk: Buffer, _encoding, done) => connection.send([chunk], () => done()),
    // Frames' headers and their data come together, and leave as one message.
    writev: (writes, done) =>
      connection.send([Buffer.concat(writes.map(({ chunk }) => chunk as Buffer))], () => done()),
    final(done) {
      connection.close(CloseCode.normal);
      done();
    },
    destroy(_error, done) {
      socket.terminate();
      done(null);
    },
  });
  return bytes;
};
