/** journald's side of its native socket, for specs: what was sent to it, field by field. It reads only when it is told to. */
import { closeSync, fstatSync, readSync, rmSync } from "node:fs";
import koffi from "koffi";
import { checked, declare, isErrno } from "../../src/drivers/linux/libc.ts";
import { openUnixSocket, SOCK_DGRAM, unixAddress } from "../../src/drivers/linux/unix-socket.ts";

const SCM_RIGHTS = 1;
const F_GET_SEALS = 1034;
const MOST_BYTES = 1 << 20;

const bind = declare<(fd: number, address: Buffer, length: number) => number>(
  "int bind(int fd, void *address, unsigned int length)",
);
const recvmsg = declare<(fd: number, message: Buffer, flags: number) => number>(
  "long recvmsg(int fd, void *message, int flags)",
);
const fcntl = declare<(fd: number, command: number, argument: number) => number>(
  "int fcntl(int fd, int command, long argument)",
);

/** By field; bytes as latin1. `seals`: it came as a file, which has these. */
export type Message = Readonly<Record<string, string>> & { readonly seals?: string };

const parse = (bytes: Buffer): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    const line = bytes.toString("latin1", at, end);
    const equals = line.indexOf("=");
    if (equals >= 0) {
      fields[line.slice(0, equals)] = line.slice(equals + 1);
      at = end + 1;
    } else {
      const length = Number(bytes.readBigUInt64LE(end + 1));
      fields[line] = bytes.toString("latin1", end + 9, end + 9 + length);
      at = end + 9 + length + 1;
    }
  }
  return fields;
};

export class JournaldSocket {
  readonly #path: string;
  readonly #fd: number;
  readonly #payload = Buffer.alloc(MOST_BYTES);
  readonly #control = Buffer.alloc(24);
  readonly #vector = Buffer.alloc(16);
  readonly #header = Buffer.alloc(56);

  constructor(path: string) {
    this.#path = path;
    this.#fd = openUnixSocket(SOCK_DGRAM);
    const address = unixAddress(path);
    checked(bind(this.#fd, address, address.length), "bind", path);
    this.#vector.writeBigUInt64LE(koffi.address(this.#payload), 0);
    this.#vector.writeBigUInt64LE(BigInt(MOST_BYTES), 8);
  }

  /** What has come since it was last asked. */
  take(): readonly Message[] {
    const messages: Message[] = [];
    for (let message = this.#next(); message; message = this.#next()) messages.push(message);
    return messages;
  }

  /** Its name goes too. */
  close(): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }

  #next(): Message | undefined {
    this.#control.fill(0);
    this.#header.fill(0);
    this.#header.writeBigUInt64LE(koffi.address(this.#vector), 16);
    this.#header.writeBigUInt64LE(1n, 24);
    this.#header.writeBigUInt64LE(koffi.address(this.#control), 32);
    this.#header.writeBigUInt64LE(BigInt(this.#control.length), 40);
    try {
      const length = checked(recvmsg(this.#fd, this.#header, 0), "recvmsg", this.#path);
      if (length > 0) return parse(this.#payload.subarray(0, length));
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return undefined;
      throw error;
    }
    if (this.#control.readInt32LE(12) !== SCM_RIGHTS) throw new Error("a message of nothing");
    const file = this.#control.readInt32LE(16);
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    const seals = fcntl(file, F_GET_SEALS, 0);
    closeSync(file);
    return { ...parse(bytes), seals: `0x${seals.toString(16)}` };
  }
}
