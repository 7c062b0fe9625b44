/** What a forwarded connection leads to in specs: a TCP server on loopback, and the back-end's way to it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Failed } from "../../src/errors.ts";

export interface TcpTarget {
  readonly port: number;
  /** All that were ever accepted. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

export const tcpTarget = async (serve: (socket: Socket) => void): Promise<TcpTarget> => {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};

/** A back-end's `connect` without a namespace. */
export const dial = (_sandboxId: string, port: number): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => resolve(socket));
    socket.once("error", (cause) => reject(new Failed(`port ${port} refuses connections`, cause)));
  });

export const echo = (socket: Socket): void => void socket.pipe(socket);
