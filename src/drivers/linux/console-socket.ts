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

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
/** With its NUL: `sun_path` of sockaddr_un. */
const LONGEST_PATH_BYTES = 108;
const EINVAL = 22;
const EPROTO = 71;

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  "int socket(int domain, int type, int protocol)",
);
const bind = declare<(fd: number, address: Buffer, length: number) => number>(
  "int bind(int fd, void *address, unsigned int length)",
);
const connect = declare<(fd: number, address: Buffer, length: number) => number>(
  "int connect(int fd, void *address, unsigned int length)",
);
const listen = declare<(fd: number, backlog: number) => number>("int listen(int fd, int backlog)");
const accept4 = declare<(fd: number, address: null, length: null, flags: number) => number>(
  "int accept4(int fd, void *address, void *length, int flags)",
);
const recvmsg = declare<(fd: number, message: Buffer, flags: number) => number>(
  "long recvmsg(int fd, void *message, int flags)",
);
const sendmsg = declare<(fd: number, message: Buffer, flags: number) => number>(
  "long sendmsg(int fd, void *message, int flags)",
);

/** struct msghdr of one iovec of one byte and one control message of one descriptor, on any 64-bit machine. */
class Message {
  readonly header = Buffer.alloc(56);
  // Referenced for as long as the header is: the kernel gets their addresses.
  readonly #vector = Buffer.alloc(16);
  readonly #payload = Buffer.alloc(256);
  readonly #control = Buffer.alloc(24);

  constructor(payloadBytes: number) {
    this.#vector.writeBigUInt64LE(koffi.address(this.#payload), 0);
    this.#vector.writeBigUInt64LE(BigInt(payloadBytes), 8);
    this.header.writeBigUInt64LE(koffi.address(this.#vector), 16);
    this.header.writeBigUInt64LE(1n, 24);
    this.header.writeBigUInt64LE(koffi.address(this.#control), 32);
    this.header.writeBigUInt64LE(BigInt(this.#control.length), 40);
  }

  carry(fd: number): void {
    this.#control.writeBigUInt64LE(20n, 0); // CMSG_LEN of one int
    this.#control.writeInt32LE(SOL_SOCKET, 8);
    this.#control.writeInt32LE(SCM_RIGHTS, 12);
    this.#control.writeInt32LE(fd, 16);
  }

  /** The descriptor that came, which is the caller's to close. */
  carried(): number | undefined {
    const length = Number(this.header.readBigUInt64LE(40));
    const isRights = this.#control.readInt32LE(8) === SOL_SOCKET && this.#control.readInt32LE(12) === SCM_RIGHTS;
    return length >= 20 && isRights ? this.#control.readInt32LE(16) : undefined;
  }
}

const addressOf = (path: string): Buffer => {
  const bytes = Buffer.from(`${path}\0`);
  if (bytes.length > LONGEST_PATH_BYTES)
    throw new SystemError(
      "bind",
      EINVAL,
      `${path}, longer than the ${LONGEST_PATH_BYTES - 1} bytes of a socket's path,`,
    );
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, bytes]);
};

/** Closes `fd` unless `work` ends well. */
const opened = (fd: number, work: () => void): number => {
  try {
    work();
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

const openSocket = (): number => checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", "");

/** Somewhere to hand terminals over to. */
export class ConsoleSocket {
  readonly path: string;
  readonly #fd: number;

  /** Listens at `path`, which lies in a directory of ours alone; what a dead taker left there goes. */
  constructor(path: string) {
    const address = addressOf(path);
    rmSync(path, { force: true });
    this.path = path;
    const fd = openSocket();
    this.#fd = opened(fd, () => {
      checked(bind(fd, address, address.length), "bind", path);
      checked(listen(fd, 1), "listen", path);
    });
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
      const message = new Message(256);
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
  const address = addressOf(path);
  const fd = openSocket();
  try {
    checked(connect(fd, address, address.length), "connect", path);
    const message = new Message(1);
    message.carry(terminal);
    checked(sendmsg(fd, message.header, MSG_NOSIGNAL), "sendmsg", path);
  } finally {
    closeSync(fd);
  }
};
