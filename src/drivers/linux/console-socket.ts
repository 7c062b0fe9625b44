/**
 * Console sockets: how an OCI runtime hands over the terminal that it made, one message with one descriptor (SCM_RIGHTS) to
 * a Unix socket that the taker listens on. Daemon and monitor give each other terminals the same way.
 *
 *   taker   listen ──────────────────────────────▶ take ─▶ close
 *   giver            connect, send, close (`give`)
 *
 * A connection and its message wait in the kernel until they are taken, so nothing here ever waits.
 */
import { closeSync, rmSync } from "node:fs";
import koffi from "koffi";
import { checked, declare, SystemError } from "./libc.ts";
import {
  connectUnix,
  openUnixSocket,
  RightsMessage,
  sendRights,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  unixAddress,
} from "./unix-socket.ts";

const MSG_CMSG_CLOEXEC = 0x40000000;
const EPROTO = 71;

const bind = declare<(fd: number, address: Buffer, length: number) => number>(
  "int bind(int fd, void *address, unsigned int length)",
);
const listen = declare<(fd: number, backlog: number) => number>("int listen(int fd, int backlog)");
const accept4 = declare<(fd: number, address: null, length: null, flags: number) => number>(
  "int accept4(int fd, void *address, void *length, int flags)",
);
const recvmsg = declare<(fd: number, message: Buffer, flags: number) => number>(
  "long recvmsg(int fd, void *message, int flags)",
);

/** Somewhere to hand terminals over to. */
export class ConsoleSocket {
  readonly path: string;
  readonly #fd: number;

  /** Listens at `path`, which lies in a directory of ours alone; what a dead taker left there goes. */
  constructor(path: string) {
    const address = unixAddress(path);
    rmSync(path, { force: true });
    this.path = path;
    this.#fd = openUnixSocket(SOCK_STREAM);
    try {
      checked(bind(this.#fd, address, address.length), "bind", path);
      checked(listen(this.#fd, 1), "listen", path);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** The terminal that was handed over; absent: nobody has. It is the caller's to close. Throws EPROTO for other words. */
  take(): number | undefined {
    const connection = accept4(this.#fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) {
      const error = new SystemError("accept4", koffi.errno(), this.path);
      if (error.code === "EAGAIN") return undefined;
      throw error;
    }
    try {
      const message = new RightsMessage(256);
      checked(recvmsg(connection, message.header, MSG_CMSG_CLOEXEC), "recvmsg", this.path);
      const terminal = message.carried();
      if (terminal === undefined) throw new SystemError("recvmsg", EPROTO, `${this.path}, without a descriptor,`);
      return terminal;
    } finally {
      closeSync(connection);
    }
  }

  close(): void {
    closeSync(this.#fd);
    rmSync(this.path, { force: true });
  }
}

/** Hands `terminal` over to whoever listens at `path`; ours stays open. Throws ENOENT or ECONNREFUSED where nobody does. */
export const giveTerminal = (path: string, terminal: number): void => {
  const fd = connectUnix(path, SOCK_STREAM);
  try {
    sendRights(fd, terminal, 1, path);
  } finally {
    closeSync(fd);
  }
};
