/**
 * Unix sockets by system calls: for what Node's own know nothing of, which are descriptors that a message carries (SCM_RIGHTS)
 * and datagrams. All of them are non-blocking.
 */
import koffi from "koffi";
import { closeOpenedByCall } from "./descriptor.ts";
import { checked, declare, SystemError } from "./libc.ts";

const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
/** With its NUL: `sun_path` of sockaddr_un. */
const LONGEST_PATH_BYTES = 108;
const EINVAL = 22;

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  "int socket(int domain, int type, int protocol)",
);
const connect = declare<(fd: number, address: Buffer, length: number) => number>(
  "int connect(int fd, void *address, unsigned int length)",
);
const sendmsg = declare<(fd: number, message: Buffer, flags: number) => number>(
  "long sendmsg(int fd, void *message, int flags)",
);
const send = declare<(fd: number, bytes: Buffer, length: number, flags: number) => number>(
  "long send(int fd, void *bytes, size_t length, int flags)",
);

/** struct msghdr of one iovec and one control message of one descriptor, on any 64-bit machine. */
export class RightsMessage {
  readonly header = Buffer.alloc(56);
  // Referenced for as long as the header is: the kernel gets their addresses.
  readonly #vector = Buffer.alloc(16);
  readonly #payload = Buffer.alloc(256);
  readonly #control = Buffer.alloc(24);

  /** What it says beside the descriptor, or has room for: up to 256 bytes. */
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

/** struct sockaddr_un. Throws EINVAL for a path that does not fit. */
export const unixAddress = (path: string): Buffer => {
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

/** Of a type above. */
export const openUnixSocket = (type: number): number =>
  checked(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket", "");

/** One that is connected, the caller's to close. Throws ENOENT or ECONNREFUSED where nobody listens. */
export const connectUnix = (path: string, type: number): number => {
  const address = unixAddress(path);
  const fd = openUnixSocket(type);
  try {
    checked(connect(fd, address, address.length), "connect", path);
    return fd;
  } catch (error) {
    closeOpenedByCall(fd);
    throw error;
  }
};

/** Sends a descriptor and the first `payloadBytes` of nothing; ours stays open. Throws a SystemError. */
export const sendRights = (socketFd: number, fd: number, payloadBytes: number, subject: string): void => {
  const message = new RightsMessage(payloadBytes);
  message.carry(fd);
  checked(sendmsg(socketFd, message.header, MSG_NOSIGNAL), "sendmsg", subject);
};

/** Sends the first `length` bytes as one message. Throws EAGAIN where the other side has no room now. */
export const sendBytes = (socketFd: number, bytes: Buffer, length: number, subject: string): void => {
  checked(send(socketFd, bytes, length, MSG_NOSIGNAL), "send", subject);
};
