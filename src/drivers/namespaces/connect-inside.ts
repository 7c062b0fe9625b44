/**
 * Connections to a port on a pod's loopback, with no program inside of the pod to help.
 *
 * A socket stays in the namespace in which it was made, whoever connects it later and from where: so the thread goes in for
 * socket(2) alone and is back before anything waits. Node takes over the descriptor and connects that.
 */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Cancelled, Failed, Invalid, Overdue, toFailure, Unavailable } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { inNamespace, isNamespace } from "../linux/namespaces.ts";
import { openTcpSocket, type InternetFamily } from "../linux/tcp-socket.ts";

/** Loopback answers at once; a listener with a full backlog does not, and the kernel would go on asking for two minutes. */
const BOUND_MS = 5000;

export interface InsideTarget {
  /** Path of the pinned network namespace; undefined: the host's. */
  readonly network: string | undefined;
  /** 1 to 65535. */
  readonly port: number;
  /** Nobody wants the connection any more. */
  readonly gone: AbortSignal;
  /** For both addresses together: 5 s. */
  readonly boundMs?: number;
}

/** A pod's program may listen on either. */
const addresses: readonly (readonly [family: InternetFamily, address: string])[] = [
  ["IPv4", "127.0.0.1"],
  ["IPv6", "::1"],
];

const openInside = (network: string | undefined, family: InternetFamily): number => {
  if (network === undefined) return openTcpSocket(family);
  if (!isNamespace(network)) throw new Unavailable(`the network namespace ${network} is gone`);
  return inNamespace("net", network, () => openTcpSocket(family));
};

/** From here on the descriptor is Node's, which closes it with the socket. */
const adopt = (fd: number): Socket => {
  try {
    return new Socket({ fd, allowHalfOpen: true });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

const connected = (socket: Socket, port: number, address: string, over: AbortSignal): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => void socket.destroy(new Cancelled("given up"));
    over.addEventListener("abort", giveUp, { once: true });
    const settle = (): void => over.removeEventListener("abort", giveUp);
    // It stays: an error before somebody listens for it would end the process.
    socket.on("error", (error) => {
      settle();
      reject(error);
    });
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
    socket.setNoDelay(true).connect(port, address);
  });

const words = (error: unknown): string =>
  isErrno(error, "ECONNREFUSED") ? "connection refused" : toFailure(error).text;

/**
 * A TCP connection to 127.0.0.1 inside, or to ::1 where that has no listener, with `allowHalfOpen`. Rejects with Unavailable
 * (connection refused; or the namespace is gone), Overdue after the bound, Cancelled when `gone` aborts, Invalid for what is
 * no port, and Failed for the rest. Whatever fails, its descriptors are closed.
 */
export const connectInside = async (target: InsideTarget): Promise<Duplex> => {
  const { network, port, gone, boundMs = BOUND_MS } = target;
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Invalid(`port ${port} is none: ports are 1 to 65535`);
  const late = AbortSignal.timeout(boundMs);
  const over = AbortSignal.any([gone, late]);
  const refusals: { readonly text: string; readonly error: unknown }[] = [];
  for (const [family, address] of addresses) {
    if (gone.aborted) break;
    try {
      return await connected(adopt(openInside(network, family)), port, address, over);
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      if (late.aborted)
        throw new Overdue(
          `port ${port} of the pod did not take the connection to ${address} within ${boundMs} ms`,
          error,
        );
      refusals.push({ text: `${words(error)} at ${address}`, error });
    }
  }
  if (gone.aborted) throw new Cancelled(`the client left before port ${port} of the pod was connected`);
  const refused = refusals.some(({ error }) => isErrno(error, "ECONNREFUSED"));
  const text = `cannot connect to port ${port} of the pod: ${refusals.map(({ text: why }) => why).join(", ")}`;
  const cause = refusals[0]?.error;
  throw refused ? new Unavailable(text, cause) : new Failed(text, cause);
};
