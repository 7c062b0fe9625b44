/** Listeners of a spec's own inside a pod's network namespace. */
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { checked, declare } from "../../../src/drivers/linux/libc.ts";
import { inNamespace } from "../../../src/drivers/linux/namespaces.ts";
import { openTcpSocket, type InternetFamily } from "../../../src/drivers/linux/tcp-socket.ts";

const bind = declare<(fd: number, address: Buffer, length: number) => number>(
  "int bind(int fd, void *address, unsigned int length)",
);
const listen = declare<(fd: number, backlog: number) => number>("int listen(int fd, int backlog)");

/** struct sockaddr_in or sockaddr_in6 of the loopback address. */
const loopback = (family: InternetFamily, port: number): Buffer => {
  const address = Buffer.alloc(family === "IPv4" ? 16 : 28);
  address.writeUInt16LE(family === "IPv4" ? 2 : 10, 0);
  address.writeUInt16BE(port, 2);
  if (family === "IPv4") address.set([127, 0, 0, 1], 4);
  else address.writeUInt8(1, 23);
  return address;
};

/** A descriptor that listens on loopback inside; nobody accepts from it. */
export const listenInside = (network: string, family: InternetFamily, port: number, backlog = 511): number =>
  inNamespace("net", network, () => {
    const fd = openTcpSocket(family);
    const address = loopback(family, port);
    checked(bind(fd, address, address.length), "bind", `port ${port}`);
    return (checked(listen(fd, backlog), "listen", `port ${port}`), fd);
  });

/** A server on loopback inside; whoever serves ends the connections. */
export const serveInside = async (
  network: string,
  family: InternetFamily,
  port: number,
  serve: (socket: Socket) => void,
): Promise<Server> => {
  const server = createServer({ allowHalfOpen: true }, serve);
  server.listen({ fd: listenInside(network, family, port) });
  await once(server, "listening");
  return server;
};
